"""Which functions of a program run, in the order of their first call.

    trace.py PROGRAM MAP SECONDS ORDER [ARGUMENT...]

MAP is what LLVM's linker wrote of PROGRAM (-Map, --no-demangle). Every function begins with a breakpoint until it is first
called, as in ptrace(2), so that the program runs at nearly its own speed. For x86-64 Linux. Programs that it starts are
not followed.
"""

import ctypes
import os
import signal
import sys
import time

TRACEME, CONT, GETREGS, SETREGS, SETOPTIONS = 0, 7, 12, 13, 0x4200
TRACECLONE, EXITKILL = 0x8, 0x100000
WAIT_FOR_THREADS = 0x40000000
BREAKPOINT = 0xCC

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


class Registers(ctypes.Structure):
    """user_regs_struct of sys/user.h."""

    _fields_ = [
        (name, ctypes.c_ulonglong)
        for name in (
            "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base "
            "ds es fs gs"
        ).split()
    ]


def functions(map_file):
    """Address to name, of what lies in a .text section. A line is four numbers in 49 columns, and a name: of an output
    section, indented by eight that of an input section, by sixteen that of a symbol."""
    found, in_text = {}, False
    with open(map_file, encoding="utf-8", errors="replace") as lines:
        next(lines)
        for line in lines:
            name = line[49:].rstrip()
            if not name.startswith(" " * 16):
                in_text = ":(.text" in name
            elif in_text and int(line[34:42], 16) > 0:
                found.setdefault(int(line[:16], 16), name.strip())
    return found


def base_of(pid, program):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        for line in maps:
            if line.rstrip().endswith(program):
                return int(line.split("-")[0], 16)
    sys.exit(f"{program} is not in its own memory")


def trace(program, arguments, known, seconds):
    pid = os.fork()
    if pid == 0:
        libc.ptrace(TRACEME, 0, None, None)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execv(program, [program, *arguments])
    os.waitpid(pid, 0)
    libc.ptrace(SETOPTIONS, pid, None, TRACECLONE | EXITKILL)
    base = base_of(pid, program)
    memory = open(f"/proc/{pid}/mem", "r+b", buffering=0)

    low, high = min(known), max(known) + 1
    memory.seek(base + low)
    code = bytearray(memory.read(high - low))
    first_bytes = {address: code[address - low] for address in known}
    for address in known:
        code[address - low] = BREAKPOINT
    for at in range(0, len(code), 65536):
        memory.seek(base + low + at)
        memory.write(bytes(code[at : at + 65536]))

    called = {}
    registers = Registers()
    end = time.monotonic() + seconds
    libc.ptrace(CONT, pid, None, None)
    while time.monotonic() < end:
        stopped, status = os.waitpid(-1, WAIT_FOR_THREADS | os.WNOHANG)
        if stopped == 0:
            time.sleep(0.0005)
            continue
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            if stopped == pid:
                break
            continue
        deliver = os.WSTOPSIG(status)
        if deliver == signal.SIGTRAP and status >> 16 == 0:
            libc.ptrace(GETREGS, stopped, None, ctypes.addressof(registers))
            address = registers.rip - 1 - base
            if address in first_bytes:
                if address not in called:
                    called[address] = known[address]
                    memory.seek(base + address)
                    memory.write(bytes([first_bytes[address]]))
                registers.rip -= 1
                libc.ptrace(SETREGS, stopped, None, ctypes.addressof(registers))
                deliver = 0
        elif deliver in (signal.SIGTRAP, signal.SIGSTOP):
            deliver = 0
        libc.ptrace(CONT, stopped, None, deliver)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return called


def main():
    program, map_file, seconds = os.path.realpath(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    known = functions(map_file)
    called = trace(program, sys.argv[5:], known, seconds)
    if len(called) < 100:
        sys.exit(f"only {len(called)} of {len(known)} functions ran")
    print(f"{len(called)} of {len(known)} functions ran")
    with open(sys.argv[4], "w", encoding="utf-8") as order:
        order.write("\n".join(called.values()) + "\n")


main()
