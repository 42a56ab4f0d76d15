# What each target does stands in scripts/tasks.py: .\make.ps1 help
Set-Location $PSScriptRoot; python -m scripts.tasks @args; exit $LASTEXITCODE
