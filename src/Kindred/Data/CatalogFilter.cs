using System.Globalization;
using Kindred.Numerics;

namespace Kindred.Data;

/// <summary>A condition on an attribute, as people write it.</summary>
/// <remarks>
/// <code>
/// genres=Comedy|Drama   has one of the labels at least     year=1990..1999   from, to: both are in; 1990.. and ..1999 are open
/// genres!=Horror        has none of them                   year>=1990        and &lt;=, >, &lt;, =, !=
/// </code>
/// What is unknown meets no condition but a negated one, which is met by all that do not meet the plain one.
/// </remarks>
/// <param name="Attribute">A column of labels or of numbers.</param>
/// <param name="Labels">Indices of labels, one of which a row must have; empty for a column of numbers.</param>
/// <param name="Ranges">One of which the number must be in; empty for a column of labels.</param>
public sealed record CatalogFilter(string Attribute, bool IsNegated, IReadOnlyList<int> Labels, IReadOnlyList<NumberRange> Ranges)
{
    private const int MostListed = 20;

    private static readonly string[] Operators = ["!=", ">=", "<=", "=", ">", "<"];

    /// <param name="catalog">Which columns and labels there are.</param>
    /// <exception cref="InputException">Not a condition, or there is no such attribute or label: the sentence lists what there is.</exception>
    public static CatalogFilter Parse(string text, Catalog catalog)
    {
        var (attribute, comparison, value) = Cut(text);
        if (catalog.Labels.TryGetValue(attribute, out var labels))
        {
            if (comparison is not ("=" or "!="))
                throw new InputException($"'{text}' cannot be asked: {attribute} has labels, which have no order; write {attribute}=label or {attribute}!=label.");
            return new(attribute, comparison == "!=", LabelsOf(attribute, value, labels.Labels), []);
        }
        if (catalog.Numbers.ContainsKey(attribute)) return new(attribute, comparison == "!=", [], RangesOf(text, comparison, value));
        throw new InputException(NamesOf(catalog) is { Length: > 0 } names
            ? $"There is no attribute '{attribute}' to filter by; there are {names}."
            : $"There is no attribute '{attribute}' to filter by; nothing but titles and texts is known of the items.");
    }

    /// <returns>The rows that meet the condition. Cost: a pass over the column.</returns>
    /// <param name="catalog">The one it was parsed with.</param>
    public BitSet RowsOf(Catalog catalog)
    {
        var rows = catalog.Labels.TryGetValue(Attribute, out var labels) ? WithLabel(labels, catalog.Count) : InRange(catalog.Numbers[Attribute], catalog.Count);
        return IsNegated ? rows.Complement() : rows;
    }

    private BitSet WithLabel(LabelColumn column, int rows)
    {
        var wanted = new bool[column.Labels.Count];
        foreach (int label in Labels) wanted[label] = true;
        return BitSet.Where(rows, row =>
        {
            foreach (int label in column[row]) if (wanted[label]) return true;
            return false;
        });
    }

    private BitSet InRange(NumberColumn column, int rows) => BitSet.Where(rows, row =>
    {
        float number = column.Values.Span[row];
        foreach (var range in Ranges) if (number >= range.Low && number <= range.High) return true; // false for NaN
        return false;
    });

    private static (string Attribute, string Comparison, string Value) Cut(string text)
    {
        var (at, found) = (text.Length, "");
        foreach (string candidate in Operators)
        {
            int place = text.IndexOf(candidate, StringComparison.Ordinal);
            if (place >= 0 && place < at) (at, found) = (place, candidate);
        }
        string attribute = text[..at].Trim(), value = text[Math.Min(text.Length, at + found.Length)..].Trim();
        return attribute.Length > 0 && found.Length > 0 && value.Length > 0
            ? (attribute, found, value)
            : throw new InputException($"'{text}' is not a condition; write attribute=label|label, attribute!=label, attribute>=number or attribute=from..to.");
    }

    private static int[] LabelsOf(string attribute, string value, Vocabulary labels)
    {
        if (labels.TryGetIndex(value, out int whole)) return [whole]; // a label may have a | in it
        return
        [
            .. value.Split('|', StringSplitOptions.TrimEntries).Select(label => labels.TryGetIndex(label, out int index)
                ? index
                : throw new InputException($"{attribute} has no label '{label}'; there are {Some([.. Enumerable.Range(0, labels.Count).Select(labels.Id)])}.")),
        ];
    }

    private static NumberRange[] RangesOf(string text, string comparison, string value)
    {
        if (comparison is "=" or "!=") return [.. value.Split('|').Select(part => RangeOf(text, part))];
        float number = NumberOf(text, value);
        return comparison switch
        {
            ">=" => [new(number, float.PositiveInfinity)],
            "<=" => [new(float.NegativeInfinity, number)],
            ">" => [new(MathF.BitIncrement(number), float.PositiveInfinity)],
            _ => [new(float.NegativeInfinity, MathF.BitDecrement(number))],
        };
    }

    private static NumberRange RangeOf(string text, string part)
    {
        if (part.Split("..", StringSplitOptions.TrimEntries) is not [var from, var to])
        {
            float number = NumberOf(text, part);
            return new(number, number);
        }
        if (from.Length + to.Length == 0) throw new InputException($"'{text}' has a range without ends; write from..to, from.. or ..to.");
        NumberRange range = new(from.Length == 0 ? float.NegativeInfinity : NumberOf(text, from), to.Length == 0 ? float.PositiveInfinity : NumberOf(text, to));
        return range.Low <= range.High ? range : throw new InputException($"'{text}' has a range that ends before it begins; write the smaller number first.");
    }

    private static float NumberOf(string text, string number) =>
        float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)
            ? value
            : throw new InputException($"'{number.Trim()}' in '{text}' is not a number; write such as year>=1990 or year=1990..1999.");

    private static string NamesOf(Catalog catalog) =>
        string.Join(", ", catalog.Labels.Keys.Select(name => $"{name} (labels)").Concat(catalog.Numbers.Keys.Select(name => $"{name} (number)")));

    private static string Some(string[] names) =>
        string.Join(", ", names.Take(MostListed)) + (names.Length > MostListed ? $" and {names.Length - MostListed} more" : "");
}

/// <summary>Numbers from <paramref name="Low"/> to <paramref name="High"/>, both included.</summary>
public sealed record NumberRange(float Low, float High);
