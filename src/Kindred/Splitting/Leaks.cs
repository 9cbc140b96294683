using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>
/// Leaks by other ways than the events: a holdout alone cannot detect them. S. Kapoor, A. Narayanan, "Leakage and the Reproducibility
/// Crisis in Machine-Learning-Based Science", Patterns 2023.
/// </summary>
internal static class Leaks
{
    /// <summary>
    /// Measured on MovieLens small, time cuts of 2 to 50 %: year of release .10 to .45, moment of the first training event .22 to .41,
    /// counts and means of the training part 0 to .17; number of all ratings .58 to .85, mean of all ratings .60 to .81.
    /// </summary>
    private const double Suspicious = .5;

    /// <summary>With so many items a correlation of .5 by chance is 3.4 standard errors away.</summary>
    private const int FewestItems = 50;

    /// <summary>
    /// Numeric columns that know the measured part: they correlate with the items' measured events, or with their mean weight, more than
    /// the training events explain.
    /// </summary>
    /// <remarks>
    /// Over items with a training or measured event: partial rank correlation of the column with the number of measured events, given the
    /// number of training events. Over items with both: the same of the mean weights, where weights vary. Not detectable: a column that
    /// knows the measured part of few items, or adds little to what training says, as a mean over all ratings where training has most of
    /// them; labels and texts. An honest column can be suspected where it tells new items apart, as a release date among short-lived items.
    /// Cost: a few sorts of the items per column.
    /// </remarks>
    /// <param name="items">[items] of the holdout.</param>
    public static IReadOnlyList<string> InAttributes(Catalog items, Holdout holdout)
    {
        if (items.Count != holdout.Train.Items.Count)
            throw new ArgumentException($"{items.Count} rows for {holdout.Train.Items.Count} items.", nameof(items));
        var (train, test) = (Totals.Of(holdout.Train), Totals.Of(holdout.Test));
        int[] touched = [.. Enumerable.Range(0, items.Count).Where(item => train.Events[item] + test.Events[item] > 0)];
        int[] both = [.. touched.Where(item => train.Events[item] > 0 && test.Events[item] > 0)];
        var warnings = new List<string>();
        foreach (var (name, column) in items.Numbers.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            double often = Given(column, touched, item => test.Events[item], item => train.Events[item]);
            double well = Given(column, both, test.MeanOf, train.MeanOf);
            if (Math.Abs(often) > Suspicious) warnings.Add(Sentence(name, "numbers of measured events", often));
            else if (Math.Abs(well) > Suspicious) warnings.Add(Sentence(name, "mean weights in the measured part", well));
        }
        return warnings;
    }

    /// <summary>A minimum of events per user or item that was applied to all data before the split.</summary>
    /// <returns>One warning, or none where nothing was removed for that.</returns>
    public static IReadOnlyList<string> InFilter(int minUser, int minItem)
    {
        string[] who =
        [
            .. minUser > 1 ? [$"users with fewer than {minUser} events"] : Array.Empty<string>(),
            .. minItem > 1 ? [$"items with fewer than {minItem} events"] : Array.Empty<string>(),
        ];
        return who.Length == 0 ? [] :
        [
            $"Before the split, {string.Join(" and ", who)} were removed from all data, also by their measured events. " +
            "This makes results look better than they are; remove them from the training part only.",
        ];
    }

    private static double Given(NumberColumn column, int[] items, Func<int, double> measured, Func<int, double> learned)
    {
        int[] rows = [.. items.Where(item => !float.IsNaN(column.Values.Span[item]))];
        if (rows.Length < FewestItems) return 0;
        return PartialCorrelation.Of(
            [.. rows.Select(item => (double)column.Values.Span[item])], [.. rows.Select(measured)], [.. rows.Select(learned)]);
    }

    private static string Sentence(string column, string what, double correlation) =>
        $"The item attribute '{column}' correlates with the items' {what} more than their training events explain (partial rank " +
        $"correlation " +
        $"{correlation:0.00}). If it was computed from events after the split, it leaks; compute it from the training part, or remove it.";

    /// <param name="Events">[items]</param>
    /// <param name="Weights">[items], summed.</param>
    private sealed record Totals(int[] Events, double[] Weights)
    {
        public static Totals Of(Interactions interactions)
        {
            var totals = new Totals(new int[interactions.Items.Count], new double[interactions.Items.Count]);
            var (items, weights) = (interactions.Histories.Items, interactions.Histories.Weights);
            for (int e = 0; e < items.Length; e++)
            {
                totals.Events[items.Span[e]]++;
                totals.Weights[items.Span[e]] += weights.Span[e];
            }
            return totals;
        }

        public double MeanOf(int item) => Weights[item] / Events[item];
    }
}
