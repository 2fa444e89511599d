# Writes a C# record for each schema. What it prints is printed again when its work comes from the cache.
# Says that it really ran; no output of the command, so a hit does not make it.
Set-Content generate.ran ''
$null = New-Item -ItemType Directory generated -Force
foreach ($schema in Get-ChildItem schema/*.json) {
    $fields = Get-Content -Raw $schema | ConvertFrom-Json -AsHashtable
    if ($fields.Count -lt 3) {
        Write-Warning "$($schema.BaseName) has only $($fields.Count) fields."
    }
    $parameters = ($fields.GetEnumerator() | ForEach-Object { "$($_.Value) $($_.Key)" }) -join ', '
    Set-Content "generated/$($schema.BaseName).cs" "namespace Records;`n`npublic record $($schema.BaseName)($parameters);"
    "generated $($schema.BaseName)"
}
