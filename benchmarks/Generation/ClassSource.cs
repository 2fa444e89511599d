using System.Globalization;
using System.Text;

namespace BuildCache.Benchmarks.Generation;

/// <summary>The source of one generated class: enough of the language that compiling it costs what compiling real code costs.</summary>
/// <remarks>There are four kinds in turn, some fifty lines each: records with patterns, generics, asynchronous reading, and queries.</remarks>
internal static class ClassSource
{
    // In all of them, {0} is the namespace, {1} the number of the class, {2} how it asks the class behind it.
    private const string Patterns = """
        namespace {0};

        /// <summary>What can happen to ledger {1}.</summary>
        public abstract record Event{1}
        {{
            /// <summary>Something was booked.</summary>
            public sealed record Added(string Account, decimal Amount, DateOnly Day) : Event{1};

            /// <summary>An account was closed.</summary>
            public sealed record Closed(string Account, DateOnly Day) : Event{1};

            /// <summary>Money went from one account to another.</summary>
            public sealed record Moved(string From, string To, decimal Amount) : Event{1};
        }}

        /// <summary>Ledger {1}.</summary>
        public sealed class Ledger{1}(string name)
        {{
            private readonly Dictionary<string, decimal> _balances = new(StringComparer.Ordinal);

            /// <summary>Takes note of something.</summary>
            public decimal Apply(Event{1} happened) => happened switch
            {{
                Event{1}.Added {{ Amount: 0m }} => 0m,
                Event{1}.Added(var account, var amount, {{ Year: >= 2000 }}) => Change(account, amount),
                Event{1}.Added {{ Day: var day }} => throw new ArgumentException($"{{day:o}} is too long ago.", nameof(happened)),
                Event{1}.Closed(var account, _) when _balances.Remove(account, out decimal rest) => -rest,
                Event{1}.Closed => 0m,
                Event{1}.Moved {{ Amount: < 0m }} moved => Apply(moved with {{ From = moved.To, To = moved.From, Amount = -moved.Amount }}),
                Event{1}.Moved(var from, var to, var amount) => Math.Min(Change(from, -amount), Change(to, amount)),
                _ => throw new ArgumentOutOfRangeException(nameof(happened)),
            }};

            /// <summary>A line about it.</summary>
            public string Summary()
            {{
                string text = $"{{name}} {1}: {{_balances.Count}} accounts, {{_balances.Values.Sum():0.00}}";
                return {2};
            }}

            private decimal Change(string account, decimal by)
            {{
                decimal Round(decimal value) => Math.Round(value, 2, MidpointRounding.ToEven);
                return _balances[account] = Round(_balances.GetValueOrDefault(account) + by);
            }}
        }}

        """;

    private const string Generics = """
        using System.Diagnostics.CodeAnalysis;

        namespace {0};

        /// <summary>Keeps values, of which the least recently used go.</summary>
        public class Shelf{1}<TKey, TValue>(int capacity)
            where TKey : notnull, IComparable<TKey>
        {{
            private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _nodes = new(capacity);
            private readonly LinkedList<(TKey Key, TValue Value)> _order = new();

            /// <summary>How many there are.</summary>
            public int Count => _nodes.Count;

            /// <summary>Looks for a value.</summary>
            public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
            {{
                if (_nodes.TryGetValue(key, out LinkedListNode<(TKey Key, TValue Value)>? node))
                {{
                    _order.Remove(node);
                    _order.AddFirst(node);
                    value = node.Value.Value;
                    return true;
                }}

                value = default;
                return false;
            }}

            /// <summary>Puts a value; the last one goes when there is no room.</summary>
            public void Put(TKey key, TValue value)
            {{
                if (_nodes.Count >= capacity && _order.Last is {{ }} last)
                {{
                    _nodes.Remove(last.Value.Key);
                    _order.RemoveLast();
                }}

                _nodes[key] = _order.AddFirst((key, value));
            }}

            /// <summary>The values in the order of their keys.</summary>
            public IEnumerable<T> InOrder<T>(Func<TKey, TValue, T> select) => _nodes.OrderBy(pair => pair.Key).Select(pair => select(pair.Key, pair.Value.Value.Value));
        }}

        /// <summary>Ledger {1}.</summary>
        public sealed class Ledger{1}(string name) : Shelf{1}<string, decimal>(64)
        {{
            /// <summary>A line about it.</summary>
            public string Summary()
            {{
                string text = $"{{name}} {1}: {{string.Join(", ", InOrder((account, total) => $"{{account}} {{total:0.00}}"))}}";
                return {2};
            }}
        }}

        """;

    private const string Asynchronous = """
        using System.Globalization;

        namespace {0};

        /// <summary>A line of ledger {1}.</summary>
        public readonly record struct Line{1}(string Account, decimal Amount);

        /// <summary>Ledger {1}.</summary>
        public sealed class Ledger{1}(string name)
        {{
            private readonly List<Line{1}> _lines = [];

            /// <summary>Reads lines and tells how many were none.</summary>
            public async Task<int> ReadAsync(TextReader reader, CancellationToken cancellationToken = default)
            {{
                ArgumentNullException.ThrowIfNull(reader);
                int refused = 0;
                while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is {{ }} text)
                {{
                    if (TryParse(text, out Line{1} line))
                    {{
                        await Task.Run(() => _lines.Add(line), cancellationToken).ConfigureAwait(false);
                    }}
                    else
                    {{
                        refused++;
                    }}
                }}

                return refused;
            }}

            /// <summary>The lines in parts.</summary>
            public async IAsyncEnumerable<Line{1}[]> InPartsAsync(int size)
            {{
                foreach (Line{1}[] part in _lines.Chunk(size))
                {{
                    await Task.Yield();
                    yield return part;
                }}
            }}

            /// <summary>A line about it.</summary>
            public string Summary()
            {{
                string text = $"{{name}} {1}: {{_lines.Count}} lines";
                return {2};
            }}

            private static bool TryParse(string text, out Line{1} line)
            {{
                ReadOnlySpan<char> rest = text.AsSpan().Trim();
                int middle = rest.IndexOf(';');
                bool isLine = decimal.TryParse(rest[(middle + 1)..], NumberStyles.Number, CultureInfo.InvariantCulture, out decimal amount) && middle > 0;
                line = isLine ? new Line{1}(rest[..middle].ToString(), amount) : default;
                return isLine;
            }}
        }}

        """;

    private const string Queries = """
        using System.Globalization;
        using System.Text;

        namespace {0};

        /// <summary>Something that was booked in ledger {1}.</summary>
        public sealed record Booking{1}(string Account, decimal Amount, DateOnly Day);

        /// <summary>Ledger {1}.</summary>
        public sealed class Ledger{1}(string name)
        {{
            private readonly List<Booking{1}> _bookings = [];

            /// <summary>What each account has, the richest first.</summary>
            public IReadOnlyList<(string Account, decimal Total, int Count)> Totals()
            {{
                IEnumerable<(string Account, decimal Total, int Count)> totals =
                    from booking in _bookings
                    where booking.Amount != 0m
                    group booking by booking.Account into account
                    let total = account.Sum(booking => booking.Amount)
                    orderby total descending, account.Key
                    select (account.Key, total, account.Count());
                return [.. totals];
            }}

            /// <summary>What was booked in each month.</summary>
            public IReadOnlyDictionary<(int Year, int Month), decimal> Months() =>
                _bookings.GroupBy(booking => (booking.Day.Year, booking.Day.Month))
                    .OrderBy(month => month.Key.Year).ThenBy(month => month.Key.Month)
                    .ToDictionary(month => month.Key, month => month.Aggregate(0m, (sum, booking) => sum + booking.Amount));

            /// <summary>A few lines about it.</summary>
            public string Summary()
            {{
                var lines = new StringBuilder();
                lines.AppendLine(CultureInfo.InvariantCulture, $"{{name}} {1}: {{_bookings.Count}} bookings in {{Months().Count}} months");
                foreach ((string account, decimal total, int count) in Totals().Take(10))
                {{
                    lines.AppendLine(CultureInfo.InvariantCulture, $"{{account,-20}} {{total,12:0.00}} {{count,5}}");
                }}

                string text = lines.ToString();
                return {2};
            }}
        }}

        """;

    private static readonly CompositeFormat[] s_kinds = [.. new[] { Patterns, Generics, Asynchronous, Queries }.Select(CompositeFormat.Parse)];

    /// <summary>The source of a class.</summary>
    /// <param name="space">Its namespace.</param>
    /// <param name="number">Its number in the library.</param>
    /// <param name="behind">A class of another library that it uses, or <see langword="null"/>.</param>
    public static string Of(string space, int number, string? behind) =>
        string.Format(CultureInfo.InvariantCulture, s_kinds[number % s_kinds.Length], space, number, behind is null ? "text" : $"$\"{{text}}; {{new {behind}(name).Summary()}}\"");
}
