namespace Kindred.Data;

/// <summary>Finds users who differ, so that one can see whether their recommendations do.</summary>
internal static class DiverseUsers
{
    /// <param name="labels">[items] of the interactions, such as genres; null: there are none.</param>
    /// <returns>Up to <paramref name="count"/> users with a history of middling length. The same data gives the same users.</returns>
    /// <remarks>
    /// Taste: the share of each label in a user's history. The first is the one whose taste is farthest from everyone's together, each
    /// further one is the farthest from those chosen (sum of absolute differences). Without labels: users at equal steps of activity.
    /// </remarks>
    public static IReadOnlyList<int> Find(Interactions interactions, LabelColumn? labels, int count)
    {
        int[] byActivity = [.. Enumerable.Range(0, interactions.Users.Count)
            .Where(user => !interactions.Histories.ItemsOf(user).IsEmpty)
            .OrderBy(user => interactions.Histories.ItemsOf(user).Length).ThenBy(user => user)];
        int first = byActivity.Length / 4, end = Math.Max(byActivity.Length * 3 / 4, Math.Min(byActivity.Length, first + count));
        int[] middling = byActivity[first..end];
        if (labels is null || labels.Labels.Count < 2)
            return [.. Enumerable.Range(0, Math.Min(count, middling.Length)).Select(n => middling[n * middling.Length / count])];

        var tastes = middling.Select(user => TasteOf(interactions.Histories.ItemsOf(user).Span, labels)).ToArray();
        List<double[]> known = [TasteOf(interactions.Histories.Items.Span, labels)];
        var chosen = new List<int>();
        while (chosen.Count < Math.Min(count, middling.Length))
        {
            int farthest = Enumerable.Range(0, middling.Length).Where(n => !chosen.Contains(middling[n]))
                .MaxBy(n => known.Min(taste => Distance(taste, tastes[n])));
            chosen.Add(middling[farthest]);
            known.Add(tastes[farthest]);
        }
        return chosen;
    }

    /// <returns>[labels], summing to 1 unless no item has a label.</returns>
    private static double[] TasteOf(ReadOnlySpan<int> items, LabelColumn labels)
    {
        var shares = new double[labels.Labels.Count];
        double total = 0;
        foreach (int item in items)
            foreach (int label in labels[item])
            {
                shares[label]++;
                total++;
            }
        for (int label = 0; label < shares.Length; label++) shares[label] /= Math.Max(1, total);
        return shares;
    }

    private static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Sum();
}
