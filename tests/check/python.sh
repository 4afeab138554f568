#!/usr/bin/env bash
# The Python of the project: it compiles, pyflakes finds nothing, lines are at most 120 wide (not in tests/bench), every function of the job says
# its types, and the job's rules that need no Spark hold.
set -u
cd "$(dirname "$0")/../.." || exit 1
export PYTHONDONTWRITEBYTECODE=1
failed=0
mapfile -t files < <(find app tests -name '*.py' | sort)

for file in "${files[@]}"; do
    python3 - "$file" <<'PY' || failed=1
import ast
import sys

path = sys.argv[1]
with open(path, encoding="utf-8") as file:
    text = file.read()
wrong = [f"{path}:{n}: wider than 120" for n, line in enumerate(text.splitlines(), 1) if len(line) > 120 and not path.startswith("tests/bench/")]
try:
    tree = ast.parse(text, path, feature_version=(3, 8))
except SyntaxError as error:
    sys.exit(f"{path}:{error.lineno}: {error.msg}")
if path.startswith("app/"):
    if len(text.splitlines()) > 600:
        wrong.append(f"{path}: longer than 600 lines")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            bare = [a.arg for a in node.args.args + node.args.kwonlyargs if a.annotation is None and a.arg not in ("self", "cls")]
            if bare or node.returns is None:
                wrong.append(f"{path}:{node.lineno}: {node.name} does not say its types {' '.join(bare)}".rstrip())
            if node.end_lineno - node.lineno > 60:
                wrong.append(f"{path}:{node.lineno}: {node.name} is longer than 60 lines")
if wrong:
    sys.exit("\n".join(wrong))
PY
done
if command -v pyflakes3 >/dev/null; then
    pyflakes3 "${files[@]}" || failed=1
else
    echo "pyflakes3 is not here: not looked for unused and undefined names"
fi
python3 tests/spark/job_test.py 2>&1 | tail -n 3 || failed=1
[ "${PIPESTATUS[0]}" = 0 ] || failed=1
exit $failed
