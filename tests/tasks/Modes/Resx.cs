namespace BuildCache.MSBuild.Tests.Modes;

/// <summary>The text of a resource file.</summary>
internal static class Resx
{
    public static string Of(string text) => $"""
        <?xml version="1.0" encoding="utf-8"?>
        <root>
          <resheader name="resmimetype"><value>text/microsoft-resx</value></resheader>
          <resheader name="version"><value>2.0</value></resheader>
          <resheader name="reader"><value>System.Resources.ResXResourceReader, System.Windows.Forms</value></resheader>
          <resheader name="writer"><value>System.Resources.ResXResourceWriter, System.Windows.Forms</value></resheader>
          <data name="Word" xml:space="preserve"><value>{text}</value></data>
        </root>
        """;
}
