using Kindred.Data;
using Kindred.Import;

namespace Kindred.Cli.Output;

/// <summary>What an import did, for people.</summary>
internal static class ImportView
{
    public static IEnumerable<Block> Of(ImportSummary summary)
    {
        var rows = summary.Rows;
        List<(string, string)> facts =
        [
            ("data", $"{summary.Name} ({summary.Format})"),
            ("columns", string.Join(", ", summary.Columns.Select(c => $"{c.Key} = {c.Value}"))),
        ];
        if (summary.Unused.Count > 0) facts.Add(("not used", string.Join(", ", summary.Unused)));
        if (summary is { First: { } first, Last: { } last }) facts.Add(("times", $"{Format.Date(first)} to {Format.Date(last)}"));
        facts.Add(("values", ValuesOf(summary.Values, summary.Spread, summary.Scale)));
        facts.Add(("rows", $"{Format.Count(rows.Read)} read = {Format.Count(rows.Kept)} kept + {Format.Count(rows.Merged)} merged "
            + $"+ {Format.Count(rows.Rejected)} rejected "
            + $"({Format.Count(rows.Invalid)} invalid, {Format.Count(rows.Filtered)} filtered)"));
        if (summary.Skipped.Count > 0)
            facts.Add(("skipped", string.Join(", ", summary.Skipped.Select(s => $"{Format.Count(s.Count)} {s.Reason}"))));
        facts.Add(("result",
            $"{Format.Many(summary.Events, "event")} of {Format.Many(summary.Users, "user")} on {Format.Many(summary.Items, "item")}"));
        yield return Grid.OfPairs([.. facts]);
        if (summary.Reasons.Count > 0)
            yield return new Grid([new("rows", IsNumber: true), new("rejected because", Wraps: true)],
                [.. summary.Reasons.Select(r => new[] { Format.Count(r.Count), r.Reason })]);
        if (summary.FirstInvalid.Count > 0)
            yield return new BulletList([.. summary.FirstInvalid.Select(row => row.ToString())]);
        if (summary.Notes.Count > 0) yield return new BulletList(summary.Notes);
        if (summary.Warnings.Count > 0) yield return new BulletList([.. summary.Warnings.Select(w => $"Warning: {w}")]);
    }

    /// <summary>Of data that was imported before.</summary>
    public static IEnumerable<Block> Of(DataFolder dataset)
    {
        var (manifest, interactions) = (dataset.Manifest, dataset.Interactions);
        yield return Grid.OfPairs(
            ("data", $"{manifest.Name}, imported from {string.Join(", ", manifest.Sources)}"),
            ("columns", string.Join(", ", manifest.Columns.Select(c => $"{c.Key} = {c.Value}"))),
            ("values", ValuesOf(manifest.Values, ValueSpread.Of(ValuesIn(dataset).Span), interactions.Histories.Scale)),
            ("result", Format.Size(interactions)));
    }

    /// <returns>[events]: the values as they came, as far as they are kept.</returns>
    public static ReadOnlyMemory<float> ValuesIn(DataFolder dataset) =>
        dataset.Values.IsEmpty ? dataset.Interactions.Histories.Weights : dataset.Values;

    private static string ValuesOf(ValueKind values, ValueSpread? spread, ValueScale scale) => values switch
    {
        ValueKind.Ratings => $"ratings{Range(spread)}: a later one of the same item replaces the earlier one",
        ValueKind.Weights => $"weights{Range(spread)}: repeated events add up"
            + (scale == ValueScale.Raw ? "" : $"; an event weighs {scale}"),
        _ => "none: every event weighs 1",
    };

    private static string Range(ValueSpread? spread) => spread is null ? "" : $", {spread}";
}
