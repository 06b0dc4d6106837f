"""Runs a program on a terminal of its own and types into it.

Reads JSON on stdin: `argv`, `columns`, and `steps`, each `{"until": text, "type": text}`: when `until` has been printed
since the last step, `type` is typed, or `{"until": text, "columns": n}`: the window is made as wide, or
`{"until": text, "save": path, "text": text}`: a file is written. Prints JSON: `printed`, everything the program wrote, and `status`, its exit code, negative for a signal.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios

DEADLINE_S = 120


def resize(terminal, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def main():
    asked = json.load(sys.stdin)
    child, terminal = pty.fork()
    if child == 0:
        # The parent sets the size before it lets the program start.
        os.read(0, 1)
        os.execvp(asked["argv"][0], asked["argv"])
    resize(terminal, asked["columns"])
    os.write(terminal, b"\n")
    steps = list(asked["steps"])
    printed = b""
    seen = 0
    while True:
        while steps and steps[0]["until"].encode() in printed[seen:]:
            step = steps.pop(0)
            seen = len(printed)
            if "columns" in step:
                resize(terminal, step["columns"])
            if "save" in step:
                with open(step["save"], "w", encoding="utf8") as file:
                    file.write(step["text"])
            if "type" in step:
                os.write(terminal, step["type"].encode())
        ready, _, _ = select.select([terminal], [], [], DEADLINE_S)
        try:
            piece = os.read(terminal, 65536) if ready else b""
        except OSError:
            # Linux says so when the last program has closed the terminal.
            piece = b""
        if not ready:
            os.kill(child, signal.SIGKILL)
            printed += f"\n[killed, still waiting for {steps[:1]}]\n".encode()
        if not piece:
            break
        printed += piece
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    json.dump({"printed": printed.decode(errors="replace"), "status": status, "left": len(steps)}, sys.stdout)


main()
