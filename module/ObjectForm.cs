using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Xml;
using BuildCache.Commands;

namespace BuildCache.PowerShell;

/// <summary>Turns objects into recorded values, as deep as <c>Export-Clixml</c> goes, and recorded values into plain values, lists, dictionaries and bags of properties. No recorded value makes an object of another type.</summary>
/// <param name="most">The most values of an object that are looked at.</param>
internal sealed class ObjectForm(int most = ObjectForm.MostValues)
{
    private const int MostValues = 1_000_000;

    private const int Depth = 2;

    private const string Prefix = "Deserialized.";

    // The property of an enumeration that PowerShell gives to those it reads back.
    private const string NameOfValue = "Value";

    // Members that PowerShell gives to every object.
    private static readonly HashSet<string> s_reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "psobject", "psbase", "psadapted", "psextended", "pstypenames", "PSStandardMembers",
    };

    private int _left = most;

    /// <summary>Why the object must not be kept, or <see langword="null"/>.</summary>
    public BuildCacheException? Obstacle { get; private set; }

    /// <summary>The recorded form of an object.</summary>
    public RecordedValue? Of(object? item) => Of(item, Depth);

    /// <summary>The object of a recorded form.</summary>
    public static object? ToObject(RecordedValue? value)
    {
        switch (value)
        {
            case RecordedScalar scalar:
                return scalar.Value;
            case RecordedList list:
                return Typed(new ArrayList(list.Items.Select(ToObject).ToArray()), list.Types);
            case RecordedMap map:
                IDictionary table = map.IsOrdered ? new OrderedDictionary(StringComparer.OrdinalIgnoreCase) : new Hashtable(StringComparer.OrdinalIgnoreCase);
                if (map.Pairs.Select(pair => pair.Key).OfType<RecordedScalar>().Select(key => key.Value).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).Count()
                    < map.Pairs.Count(pair => pair.Key is RecordedScalar { Value: string }))
                {
                    table = map.IsOrdered ? new OrderedDictionary() : new Hashtable();
                }

                foreach ((RecordedValue key, RecordedValue? held) in map.Pairs)
                {
                    table[ToObject(key)!] = ToObject(held);
                }

                return Typed(table, map.Types);
            case RecordedBag bag:
                return ToObject(bag);
            default:
                return null;
        }
    }

    /// <summary>The text of a member of an enumeration that was recorded; PowerShell calls it.</summary>
    /// <param name="instance">The object.</param>
    public static string? TextOf(PSObject instance) => (instance.Properties[NameOfValue] as PSNoteProperty)?.Value as string;

    private static PSObject ToObject(RecordedBag bag)
    {
        PSObject made = bag.Base is { } basis ? new PSObject(basis.Value) : bag.Text is { } text ? new PSObject(new RecordedObject(text)) : new PSObject();
        foreach ((string name, RecordedValue? property) in bag.Properties.Where(property => !s_reserved.Contains(property.Name)))
        {
            made.Properties.Add(new PSNoteProperty(name, ToObject(property)), preValidated: true);
        }

        if (bag is { Base: not null, Text: not null })
        {
            // PowerShell's own property of that name asks for the text, and so would never end.
            made.Properties.Remove(NameOfValue);
            made.Properties.Add(new PSNoteProperty(NameOfValue, bag.Text), preValidated: true);
            made.Methods.Add(new PSCodeMethod(nameof(ToString), typeof(ObjectForm).GetMethod(nameof(TextOf))!));
        }

        return Typed(made, bag.Types);
    }

    private static PSObject Typed(object made, IReadOnlyList<string> types)
    {
        PSObject typed = PSObject.AsPSObject(made);
        if (types.Count > 0)
        {
            typed.TypeNames.Clear();
            foreach (string type in types)
            {
                // Without the prefix the methods that a session knows for the type itself would run with what a store says.
                typed.TypeNames.Add(type.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? type : Prefix + type);
            }
        }

        return typed;
    }

    private RecordedValue? Of(object? item, int depth)
    {
        object? plain = item is PSObject wrapped ? wrapped.BaseObject : item;
        if (plain is null || _left-- <= 0)
        {
            Obstacle ??= plain is null ? null : new BuildCacheException(ErrorId.InvalidCommand, $"The command gives out an object of more than {MostValues:N0} values. It is not saved; have it write a file.");
            return null;
        }

        if (SecretTypes.Has(plain))
        {
            Obstacle = new BuildCacheException(ErrorId.SecretInOutput, $"The command gives out a {plain.GetType().Name}, which holds a secret and would be stored. It is not saved; keep the secret out of what the command gives out.");
            return null;
        }

        return ScalarOf(plain) is { } scalar ? WithNotes(item!, scalar)
            : depth < 0 ? new RecordedScalar(TextOf(item!, plain))
            : plain switch
            {
                Enum member => new RecordedBag([], TypesOf(plain), member.ToString(), ScalarOf(Convert.ChangeType(member, Enum.GetUnderlyingType(member.GetType()), null))),
                XmlNode node => new RecordedBag([(nameof(node.OuterXml), new RecordedScalar(node.OuterXml))], TypesOf(plain), node.OuterXml),
                IDictionary map => MapOf(map, depth),
                _ when plain is not PSCustomObject && LanguagePrimitives.GetEnumerable(plain) is { } items => ListOf(items, plain, depth),
                _ => BagOf(PSObject.AsPSObject(item!), plain, depth),
            };
    }

    private static RecordedScalar? ScalarOf(object plain) => plain switch
    {
        SwitchParameter given => new RecordedScalar(given.IsPresent),
        ScriptBlock block => new RecordedScalar(block.ToString()),
        // Some types have subtypes that do other things.
        _ => ScalarKind.Of(plain.GetType()) is null ? null : new RecordedScalar(plain),
    };

    private RecordedValue WithNotes(object item, RecordedScalar scalar)
    {
        (string, RecordedValue?)[] notes = item is PSObject wrapped && scalar.Value == wrapped.BaseObject
            ? [.. wrapped.Properties.OfType<PSNoteProperty>().Where(note => note.IsInstance && note.Name.Length > 0 && !s_reserved.Contains(note.Name)).Select(note => (note.Name, Of(note.Value, 0)))] : [];
        return notes.Length == 0 ? scalar : new RecordedBag(notes, [], null, scalar);
    }

    private RecordedMap MapOf(IDictionary map, int depth)
    {
        List<(RecordedValue, RecordedValue?)> pairs = [];
        foreach (DictionaryEntry pair in map)
        {
            if (_left > 0 && Of(pair.Key, depth - 1) is { } key)
            {
                pairs.Add((key, Of(pair.Value, depth - 1)));
            }
        }

        return new RecordedMap(pairs, TypesOf(map), map is OrderedDictionary);
    }

    private RecordedList ListOf(IEnumerable items, object plain, int depth)
    {
        List<RecordedValue?> all = [];
        foreach (object? item in items)
        {
            all.Add(Of(item, depth - 1));
            if (_left <= 0)
            {
                break;
            }
        }

        return new RecordedList(all, TypesOf(plain));
    }

    private RecordedBag BagOf(PSObject item, object plain, int depth)
    {
        Dictionary<string, RecordedValue?> properties = new(StringComparer.OrdinalIgnoreCase);
        foreach (PSPropertyInfo property in item.Properties)
        {
            if (property.IsGettable && property.Name.Length > 0 && !s_reserved.Contains(property.Name) && TryGet(property, out object? value))
            {
                properties.TryAdd(property.Name, Of(value, depth - 1));
            }
        }

        return new RecordedBag([.. properties.Select(property => (property.Key, property.Value))], [.. item.TypeNames], plain is PSCustomObject ? null : TextOf(item, plain));
    }

    // Properties that fail are left out, as Export-Clixml does it.
    private static bool TryGet(PSPropertyInfo property, out object? value)
    {
        try
        {
            value = property.Value;
            return true;
        }
        catch (Exception error) when (error is GetValueException or RuntimeException and not PipelineStoppedException)
        {
            value = null;
            return false;
        }
    }

    private static string TextOf(object item, object plain)
    {
        try
        {
            return item.ToString() ?? "";
        }
        catch (Exception error) when (error is not PipelineStoppedException)
        {
            // What a type does in its text is its own; it can throw anything.
            return plain.GetType().ToString();
        }
    }

    private static string[] TypesOf(object plain) => [.. PSObject.AsPSObject(plain).TypeNames];
}
