using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Invoices.Generator;

/// <summary>Gives every partial record that is marked <c>[Describe]</c> a method that lists its properties.</summary>
[Generator]
public sealed class DescribeGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        context.RegisterPostInitializationOutput(output => output.AddSource("DescribeAttribute.g.cs",
            "namespace Invoices { [System.AttributeUsage(System.AttributeTargets.Class)] internal sealed class DescribeAttribute : System.Attribute { } }"));
        IncrementalValuesProvider<INamedTypeSymbol> types = context.SyntaxProvider.ForAttributeWithMetadataName("Invoices.DescribeAttribute",
            (node, _) => node is RecordDeclarationSyntax, (marked, _) => (INamedTypeSymbol)marked.TargetSymbol);
        context.RegisterSourceOutput(types, (output, type) =>
        {
            var text = new StringBuilder();
            text.Append("namespace ").Append(type.ContainingNamespace.ToDisplayString()).Append(";\npartial record ").Append(type.Name)
                .Append("\n{\n    /// <summary>Names and values of the properties.</summary>\n    public string Describe() => $\"");
            text.Append(string.Join(", ", type.GetMembers().OfType<IPropertySymbol>().Where(property => property.DeclaredAccessibility == Accessibility.Public)
                .Select(property => property.Name + "={" + property.Name + "}")));
            output.AddSource(type.Name + ".Describe.g.cs", text.Append("\";\n}\n").ToString());
        });
    }
}
