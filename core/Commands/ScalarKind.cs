using System.Globalization;

namespace BuildCache.Commands;

/// <summary>A type of plain values that are recorded, with its stored form. A line here is all that another one takes.</summary>
/// <param name="Type">The type; its name is the name of the kind.</param>
/// <param name="Write">The stored text of a value.</param>
/// <param name="Read">The value of a stored text; <see cref="FormatException"/> or <see cref="OverflowException"/> if it is none.</param>
public sealed record ScalarKind(Type Type, Func<object, string> Write, Func<string, object> Read)
{
    private const NumberStyles Whole = NumberStyles.AllowLeadingSign;

    private static readonly CultureInfo s_plain = CultureInfo.InvariantCulture;

    private static readonly ScalarKind[] s_all =
    [
        new(typeof(string), value => (string)value, text => text),
        new(typeof(bool), value => (bool)value ? "true" : "false", text => text switch { "true" => true, "false" => false, _ => throw new FormatException() }),
        new(typeof(char), value => ((ushort)(char)value).ToString(s_plain), text => (char)ushort.Parse(text, NumberStyles.None, s_plain)),
        new(typeof(sbyte), Number, text => sbyte.Parse(text, Whole, s_plain)),
        new(typeof(byte), Number, text => byte.Parse(text, Whole, s_plain)),
        new(typeof(short), Number, text => short.Parse(text, Whole, s_plain)),
        new(typeof(ushort), Number, text => ushort.Parse(text, Whole, s_plain)),
        new(typeof(int), Number, text => int.Parse(text, Whole, s_plain)),
        new(typeof(uint), Number, text => uint.Parse(text, Whole, s_plain)),
        new(typeof(long), Number, text => long.Parse(text, Whole, s_plain)),
        new(typeof(ulong), Number, text => ulong.Parse(text, Whole, s_plain)),
        new(typeof(float), Number, text => float.Parse(text, NumberStyles.Float, s_plain)),
        new(typeof(double), Number, text => double.Parse(text, NumberStyles.Float, s_plain)),
        new(typeof(decimal), Number, text => decimal.Parse(text, NumberStyles.Float, s_plain)),
        new(typeof(DateTime), value => ((DateTime)value).ToString("O", s_plain), text => DateTime.ParseExact(text, "O", s_plain, DateTimeStyles.RoundtripKind)),
        new(typeof(TimeSpan), value => ((TimeSpan)value).ToString("c", s_plain), text => TimeSpan.ParseExact(text, "c", s_plain)),
        new(typeof(Guid), value => ((Guid)value).ToString("D"), text => Guid.ParseExact(text, "D")),
        new(typeof(Version), value => value.ToString()!, text => Version.TryParse(text, out Version? version) ? version : throw new FormatException()),
        new(typeof(Uri), value => ((Uri)value).OriginalString, text => new Uri(text, UriKind.RelativeOrAbsolute)),
        new(typeof(byte[]), value => Convert.ToBase64String((byte[])value), Convert.FromBase64String),
    ];

    private static readonly Dictionary<Type, ScalarKind> s_byType = s_all.ToDictionary(kind => kind.Type);
    private static readonly Dictionary<string, ScalarKind> s_byName = s_all.ToDictionary(kind => kind.Type.Name, StringComparer.Ordinal);

    /// <summary>The kind of a type, or <see langword="null"/>.</summary>
    public static ScalarKind? Of(Type type) => s_byType.GetValueOrDefault(type);

    /// <summary>The kind of a stored name, or <see langword="null"/>.</summary>
    internal static ScalarKind? Named(string name) => s_byName.GetValueOrDefault(name);

    private static string Number(object value) => ((IFormattable)value).ToString(null, s_plain);
}
