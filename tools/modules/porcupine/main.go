// Reads histories, one JSON array of calls a line, and writes for each whether it is linearizable: true or false.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/anishathalye/porcupine"
)

// call is lab/simulation/history.ts, Call. An end of 0 is one that never came.
type call struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Serial int    `json:"serial"`
	From   int64  `json:"from"`
	To     int64  `json:"to"`
}

type value struct {
	id     string
	serial int
}

// A register that takes a write only over a lower serial. A write that nobody heard of may also not have happened.
var register = porcupine.NondeterministicModel{
	Init: func() []interface{} { return []interface{}{value{"first", 1}} },
	Step: func(state, input, _ interface{}) []interface{} {
		was, asked := state.(value), input.(call)
		if asked.Kind == "read" {
			if asked.ID == was.id {
				return []interface{}{was}
			}
			return nil
		}
		next := []interface{}{}
		if asked.Serial > was.serial {
			next = append(next, value{asked.ID, asked.Serial})
		}
		if asked.To == 0 {
			next = append(next, was)
		}
		return next
	},
}

func main() {
	model := register.ToModel()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var calls []call
		if err := json.Unmarshal(lines.Bytes(), &calls); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		operations := []porcupine.Operation{}
		for client, c := range calls {
			end := c.To
			if end == 0 {
				end = 1 << 40
			}
			operations = append(operations, porcupine.Operation{ClientId: client, Input: c, Call: c.From, Return: end})
		}
		fmt.Println(porcupine.CheckOperations(model, operations))
	}
}
