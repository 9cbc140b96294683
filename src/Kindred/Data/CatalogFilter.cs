using System.Globalization;
using Kindred.Numerics;
using static Kindred.PlainText;

namespace Kindred.Data;

/// <summary>A condition on an attribute, as people write it.</summary>
/// <remarks>
/// <code>
/// genres=Comedy|Drama   has one of the labels at least     year=1990..1999   from, to: both are in; 1990.. and ..1999 are open
/// genres!=Horror        has none of them                   year>=1990        and &lt;=, >, &lt;, =, !=
/// </code>
/// What is unknown meets no condition but a negated one, which is met by all that do not meet the plain one.
/// Two conditions are equal when they mean the same: blanks, order, repeats and overlaps in the text make no difference.
/// </remarks>
/// <param name="Attribute">A column of labels or of numbers.</param>
/// <param name="Labels">Indices of labels, one of which a row must have, ascending; empty for a column of numbers.</param>
/// <param name="Ranges">One of which the number must be in, ascending, with numbers between them; empty for a column of labels.</param>
internal sealed record CatalogFilter(string Attribute, bool IsNegated, IReadOnlyList<int> Labels, IReadOnlyList<NumberRange> Ranges)
{
    private const int MostListed = 20;
    private const char Separator = '|';
    private const int RowsBetweenChecks = 1 << 14; // of the cancellation

    private static readonly string[] Operators = ["!=", ">=", "<=", "=", ">", "<"];

    /// <param name="catalog">Which columns and labels there are.</param>
    /// <exception cref="InputException">
    /// Not a condition, or longer than <see cref="RequestLimits"/> allow, or there is no such attribute or label: the sentence lists what
    /// there is.
    /// </exception>
    public static CatalogFilter Parse(string text, Catalog catalog)
    {
        RequestLimits.Check("A condition", "characters", text.Length, RequestLimits.ConditionLength);
        var (attribute, comparison, value) = Cut(text);
        if (catalog.Labels.TryGetValue(attribute, out var labels))
        {
            if (comparison is not ("=" or "!="))
                throw new InputException(
                    $"'{Shorten(text)}' cannot be asked: {attribute} has labels, which have no order; " +
                    $"write {attribute}=label or {attribute}!=label.");
            return new(attribute, comparison == "!=", LabelsOf(attribute, value, labels.Labels), []);
        }
        if (catalog.Numbers.ContainsKey(attribute))
            return new(attribute, comparison == "!=", [], RangesOf(text, attribute, comparison, value));
        throw new InputException(NamesOf(catalog) is { Length: > 0 } names
            ? $"There is no attribute '{Shorten(attribute)}' to filter by; there are {names}."
            : $"There is no attribute '{Shorten(attribute)}' to filter by; nothing but titles and texts is known of the items.");
    }

    /// <returns>The rows that meet the condition. Cost: a pass over the column.</returns>
    /// <param name="catalog">The one it was parsed with.</param>
    public BitSet RowsOf(Catalog catalog, CancellationToken cancellationToken = default) => Turned(
        catalog.Labels.TryGetValue(Attribute, out var labels)
            ? WithLabel(labels, catalog.Count, cancellationToken)
            : InRange(catalog.Numbers[Attribute], catalog.Count, cancellationToken));

    /// <returns>The same, of a condition on numbers, without the pass.</returns>
    internal BitSet RowsOf(SortedColumn numbers) => Turned(numbers.RowsIn(Ranges));

    public bool Equals(CatalogFilter? other) => other is not null && Attribute == other.Attribute && IsNegated == other.IsNegated
        && Labels.SequenceEqual(other.Labels) && Ranges.SequenceEqual(other.Ranges);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Attribute);
        hash.Add(IsNegated);
        foreach (int label in Labels) hash.Add(label);
        foreach (var range in Ranges) hash.Add(range);
        return hash.ToHashCode();
    }

    private BitSet Turned(BitSet rows) => IsNegated ? rows.Complement() : rows;

    private static BitSet Where(int rows, Func<int, bool> isMet, CancellationToken cancellationToken) => BitSet.Where(rows, row =>
    {
        if (row % RowsBetweenChecks == 0) cancellationToken.ThrowIfCancellationRequested();
        return isMet(row);
    });

    private BitSet WithLabel(LabelColumn column, int rows, CancellationToken cancellationToken)
    {
        var wanted = new bool[column.Labels.Count];
        foreach (int label in Labels) wanted[label] = true;
        return Where(rows, row =>
        {
            foreach (int label in column[row]) if (wanted[label]) return true;
            return false;
        }, cancellationToken);
    }

    private BitSet InRange(NumberColumn column, int rows, CancellationToken cancellationToken)
    {
        float[] lows = [.. Ranges.Select(range => range.Low)], highs = [.. Ranges.Select(range => range.High)];
        return Where(rows, row =>
        {
            float number = column.Values.Span[row];
            int at = Array.BinarySearch(lows, number);
            if (at < 0) at = ~at - 1; // the last range that begins below it
            return at >= 0 && number <= highs[at]; // false for NaN
        }, cancellationToken);
    }

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
            : throw new InputException(
                $"'{Shorten(text)}' is not a condition; " +
                "write attribute=label|label, attribute!=label, attribute>=number or attribute=from..to.");
    }

    private static int[] LabelsOf(string attribute, string value, Vocabulary labels)
    {
        if (labels.TryGetIndex(value, out int whole)) return [whole]; // a label may have a | in it
        var found = new SortedSet<int>();
        foreach (string label in PartsOf(attribute, value))
        {
            found.Add(labels.TryGetIndex(label, out int index)
                ? index
                : throw new InputException($"{attribute} has no label '{Shorten(label)}'; there are {Some(labels)}."));
        }
        return [.. found];
    }

    private static NumberRange[] RangesOf(string text, string attribute, string comparison, string value)
    {
        if (comparison is "=" or "!=") return Merged(PartsOf(attribute, value).Select(part => RangeOf(text, part)));
        float number = NumberOf(text, value);
        return comparison switch
        {
            ">=" => [new(number, float.PositiveInfinity)],
            "<=" => [new(float.NegativeInfinity, number)],
            ">" => [new(MathF.BitIncrement(number), float.PositiveInfinity)],
            _ => [new(float.NegativeInfinity, MathF.BitDecrement(number))],
        };
    }

    // Ascending; those that overlap, or have no number between them, become one.
    private static NumberRange[] Merged(IEnumerable<NumberRange> ranges)
    {
        var merged = new List<NumberRange>();
        foreach (var range in ranges.OrderBy(range => range.Low))
        {
            if (merged is [.., var last] && range.Low <= MathF.BitIncrement(last.High))
                merged[^1] = last with { High = Math.Max(last.High, range.High) };
            else merged.Add(range);
        }
        return [.. merged];
    }

    private static string[] PartsOf(string attribute, string value)
    {
        int count = value.AsSpan().Count(Separator) + 1;
        RequestLimits.Check($"The condition on {attribute}", "alternatives", count, RequestLimits.Alternatives);
        return value.Split(Separator, StringSplitOptions.TrimEntries);
    }

    private static NumberRange RangeOf(string text, string part)
    {
        if (part.Split("..", StringSplitOptions.TrimEntries) is not [var from, var to])
        {
            float number = NumberOf(text, part);
            return new(number, number);
        }
        if (from.Length + to.Length == 0)
            throw new InputException($"'{Shorten(text)}' has a range without ends; write from..to, from.. or ..to.");
        NumberRange range = new(from.Length == 0 ? float.NegativeInfinity : NumberOf(text, from), to.Length == 0 ? float.PositiveInfinity
            : NumberOf(text, to));
        return range.Low <= range.High ? range : throw new InputException(
            $"'{Shorten(text)}' has a range that ends before it begins; write the smaller number first.");
    }

    private static float NumberOf(string text, string number) =>
        float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)
            ? value + 0f // −0 is 0
            : throw new InputException(
                $"'{Shorten(number.Trim())}' in '{Shorten(text)}' is not a number; write such as year>=1990 or year=1990..1999.");

    private static string NamesOf(Catalog catalog) =>
        string.Join(
            ", ", catalog.Labels.Keys.Select(name => $"{name} (labels)").Concat(catalog.Numbers.Keys.Select(name => $"{name} (number)")));

    private static string Some(Vocabulary labels) =>
        string.Join(", ", Enumerable.Range(0, Math.Min(labels.Count, MostListed)).Select(label => Shorten(labels.Id(label))))
        + (labels.Count > MostListed ? $" and {labels.Count - MostListed} more" : "");
}

/// <summary>Numbers from <paramref name="Low"/> to <paramref name="High"/>, both included.</summary>
internal sealed record NumberRange(float Low, float High);
