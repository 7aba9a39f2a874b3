"""Runs a command on a pseudo-terminal of its own, and does something to it once.

terminal.py PATTERN DEED COMMAND...    waits for PATTERN in what the command prints, then does DEED:
  type:TEXT      types TEXT; \\x03 is Ctrl-C, which the terminal sends to the whole foreground group
  signal:NAME    sends the signal to the command's process alone
  hang-up        closes the terminal
Prints what the command printed; the last line is its exit code, or minus the signal that ended it.
"""
import os
import pty
import re
import select
import signal
import sys
import time

pattern, deed, command = sys.argv[1], sys.argv[2], sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
kind, _, what = deed.partition(":")
said, done, status = "", False, None
deadline = time.monotonic() + 100
while status is None:
    if time.monotonic() > deadline:
        os.kill(child, signal.SIGKILL)
    if terminal is not None and select.select([terminal], [], [], 0.05)[0]:
        try:
            said += os.read(terminal, 65536).decode("utf-8", "replace")
        except OSError:
            pass
    elif terminal is None:
        time.sleep(0.05)
    ended, result = os.waitpid(child, os.WNOHANG)
    if ended == child:
        status = os.waitstatus_to_exitcode(result)
    elif not done and re.search(pattern, said):
        done = True
        if kind == "type":
            os.write(terminal, what.encode().decode("unicode_escape").encode())
        elif kind == "signal":
            os.kill(child, getattr(signal, what))
        else:
            os.close(terminal)
            terminal = None
print(said)
print(status)
