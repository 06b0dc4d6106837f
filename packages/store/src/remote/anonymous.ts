/** Whether the parameter that asks for no credentials, `anonymous=true`, is set. */
export function isAnonymous(text: string | undefined): boolean {
  return /^(true|1|yes)$/i.test(text ?? "");
}
