# Make everything that working on the project needs.
Set-Location (Join-Path $PSScriptRoot ".."); python -m scripts.tasks setup; exit $LASTEXITCODE
