/** The end of a command's help: how it is typed. */
export function example(...commands: string[]): string {
  return `\nExample:\n${commands.map((command) => `  ${command}`).join("\n")}`;
}
