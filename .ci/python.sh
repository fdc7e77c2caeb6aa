# Sourced by the launchers: sets $python to an interpreter that fits, or ends with one sentence and 2.
# Plain POSIX sh, so that it can say so on any machine.
case "$(uname -s)/$(uname -m)" in
Linux/x86_64 | Linux/amd64 | Linux/aarch64 | Linux/arm64) ;;
*)
    echo "commontab: this is $(uname -s) on $(uname -m), but Commontab runs on Linux on x86-64 or arm64: use such a machine or a virtual one." >&2
    exit 2
    ;;
esac

fits='import sys
sys.exit(not (sys.implementation.name == "cpython" and (3, 11) <= sys.version_info[:2] <= (3, 13) and sys.maxsize > 2**32))'
python=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$fits" >/dev/null 2>&1 </dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "commontab: none of '${PYTHON:-python3 python3.13 python3.12 python3.11}' is a 64-bit CPython 3.11, 3.12 or 3.13, found '$(${PYTHON:-python3} --version 2>&1 </dev/null | tail -n 1)': install one (Debian: apt-get install python3) or name it in PYTHON." >&2
    exit 2
fi
