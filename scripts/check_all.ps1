# All checks, then all tests.
Set-Location (Join-Path $PSScriptRoot "..")
python -m scripts.tasks check; if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
python -m scripts.tasks test; exit $LASTEXITCODE
