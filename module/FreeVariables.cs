using System.Management.Automation.Language;

namespace BuildCache.PowerShell;

/// <summary>Finds the variables that a script block takes from outside: those that it reads and sets nowhere.</summary>
internal static class FreeVariables
{
    // What PowerShell itself sets, again for each script or the same in all.
    private static readonly HashSet<string> s_automatic = new(StringComparer.OrdinalIgnoreCase)
    {
        "_", "PSItem", "args", "input", "this", "true", "false", "null", "?", "^", "$", "foreach", "switch", "Matches", "LASTEXITCODE", "Error", "StackTrace",
        "MyInvocation", "PSBoundParameters", "PSCmdlet", "PSScriptRoot", "PSCommandPath", "ExecutionContext", "Host", "PID", "PWD", "NestedPromptLevel", "ShellId",
        "PSHOME", "PSVersionTable", "PSEdition", "PSCulture", "PSUICulture", "IsCoreCLR", "IsLinux", "IsMacOS", "IsWindows", "EnabledExperimentalFeatures",
        "ErrorActionPreference", "WarningPreference", "VerbosePreference", "DebugPreference", "InformationPreference", "ProgressPreference", "ConfirmPreference",
        "WhatIfPreference", "PSNativeCommandUseErrorActionPreference", "PSDefaultParameterValues", "OFS",
    };

    // The common parameters that set the variable that they name.
    private static readonly HashSet<string> s_setters = new(StringComparer.OrdinalIgnoreCase)
    {
        "OutVariable", "ov", "ErrorVariable", "ev", "WarningVariable", "wv", "InformationVariable", "iv", "PipelineVariable", "pv",
    };

    /// <summary>The names of the variables, sorted.</summary>
    /// <param name="block">The script block.</param>
    public static IReadOnlyList<string> Of(Ast block)
    {
        var read = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        var set = new HashSet<string>(s_automatic, StringComparer.OrdinalIgnoreCase);
        foreach (Ast ast in block.FindAll(_ => true, searchNestedScriptBlocks: true))
        {
            switch (ast)
            {
                case VariableExpressionAst variable when NameOf(variable) is { } name:
                    read.Add(name);
                    break;
                case AssignmentStatementAst { Operator: TokenKind.Equals } assignment:
                    AddTargets(assignment.Left, set);
                    break;
                case ForEachStatementAst loop:
                    AddTargets(loop.Variable, set);
                    break;
                case ParameterAst parameter:
                    AddTargets(parameter.Name, set);
                    break;
                case DataStatementAst { Variable: { } data }:
                    set.Add(data);
                    break;
                case CommandAst command:
                    AddNamed(command, set);
                    break;
            }
        }

        read.ExceptWith(set);
        return [.. read];
    }

    // $a, [int]$a, $a, $b = …; what is behind a dot or an index is read.
    private static void AddTargets(ExpressionAst target, HashSet<string> set)
    {
        switch (target)
        {
            case VariableExpressionAst variable when NameOf(variable) is { } name:
                set.Add(name);
                break;
            case AttributedExpressionAst attributed:
                AddTargets(attributed.Child, set);
                break;
            case ArrayLiteralAst list:
                foreach (ExpressionAst element in list.Elements)
                {
                    AddTargets(element, set);
                }

                break;
        }
    }

    // -OutVariable x, and Set-Variable x, New-Variable -Name x.
    private static void AddNamed(CommandAst command, HashSet<string> set)
    {
        bool isSetter = command.GetCommandName() is { } name && (name.Equals("Set-Variable", StringComparison.OrdinalIgnoreCase) || name.Equals("New-Variable", StringComparison.OrdinalIgnoreCase));
        for (int i = 1; i < command.CommandElements.Count; i++)
        {
            if (command.CommandElements[i] is StringConstantExpressionAst text
                && (command.CommandElements[i - 1] is CommandParameterAst parameter ? s_setters.Contains(parameter.ParameterName) || (isSetter && parameter.ParameterName.Equals("Name", StringComparison.OrdinalIgnoreCase)) : isSetter && i == 1))
            {
                set.Add(text.Value.TrimStart('+'));
            }
        }
    }

    // Variables of drives, such as $env:x, are no variables of a scope.
    private static string? NameOf(VariableExpressionAst variable)
    {
        string path = variable.VariablePath.UserPath;
        return variable.VariablePath.IsDriveQualified ? null : path[(path.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }
}
