namespace Kindred.OffPolicy;

/// <summary>
/// Expects of an item in a context the mean of its rewards there, drawn towards the item's mean in all contexts, which is drawn towards the
/// mean of all: x̃ = (N·x̄ + m·x₀) / (N + m). The strength m = s² / τ² comes from the data, the spread within and between groups by the
/// method of moments. C. Morris, "Parametric Empirical Bayes Inference", JASA 1983.
/// </summary>
/// <remarks>Cost: decisions + contexts · items for each fold.</remarks>
internal static class RewardModel
{
    /// <summary>
    /// Predictions for each decision by a model that has not seen its fold: a model that has would correct itself away. V. Chernozhukov et
    /// al., "Double/Debiased Machine Learning", Econometrics Journal 2018. Whole units are in one fold.
    /// </summary>
    /// <param name="table">[contexts][items]: the target policy.</param>
    public static RewardPredictions CrossFit(BanditLog log, double[][] table, double[] beyond, int folds, CancellationToken cancellation)
    {
        var shown = new double[log.Count];
        var target = new double[log.Count];
        for (int fold = 0; fold < folds; fold++)
        {
            cancellation.ThrowIfCancellationRequested();
            var means = Means(log, row => FoldOf(log, row, folds) != fold);
            double[] expected =
            [
                .. table.Select((row, context) =>
                    row.Select((probability, item) => probability * means.Of(context, item)).Sum() + (beyond[context] * means.All)),
            ];
            for (int row = 0; row < log.Count; row++)
            {
                if (FoldOf(log, row, folds) != fold) continue;
                shown[row] = means.Of(log.Context[row], log.Item[row]);
                target[row] = expected[log.Context[row]];
            }
        }
        return new(shown, target);
    }

    private static int FoldOf(BanditLog log, int row, int folds) => (log.Unit is { } unit ? unit[row] : row) % folds;

    private static ShrunkMeans Means(BanditLog log, Func<int, bool> isIn)
    {
        int items = log.Items.Count;
        var byItem = new Moments[items];
        var byPair = new Dictionary<long, Moments>();
        Moments all = default;
        for (int row = 0; row < log.Count; row++)
        {
            if (!isIn(row)) continue;
            double reward = log.Rewards[row];
            all = all.With(reward);
            byItem[log.Item[row]] = byItem[log.Item[row]].With(reward);
            long pair = ((long)log.Context[row] * items) + log.Item[row];
            byPair[pair] = byPair.GetValueOrDefault(pair).With(reward);
        }
        double strength = StrengthOf(byItem, _ => all.Mean);
        double[] itemMeans = [.. byItem.Select(item => item.Towards(all.Mean, strength))];
        if (log.Contexts.Count == 1) return new(all.Mean, itemMeans, [], items);
        var pairs = byPair.OrderBy(pair => pair.Key).ToList(); // sums do not depend on the order of a dictionary
        double pairStrength = StrengthOf([.. pairs.Select(pair => pair.Value)], n => itemMeans[pairs[n].Key % items]);
        return new(
            all.Mean, itemMeans,
            pairs.ToDictionary(pair => pair.Key, pair => pair.Value.Towards(itemMeans[pair.Key % items], pairStrength)), items);
    }

    /// <returns>m = s² / τ²; infinite where groups differ by no more than chance.</returns>
    private static double StrengthOf(Moments[] groups, Func<int, double> centre)
    {
        double within = 0, between = 0, count = 0, squares = 0;
        int filled = 0;
        for (int n = 0; n < groups.Length; n++)
        {
            var group = groups[n];
            if (group.Count == 0) continue;
            filled++;
            count += group.Count;
            squares += (double)group.Count * group.Count;
            within += group.Squares - (group.Count * group.Mean * group.Mean);
            between += group.Count * Math.Pow(group.Mean - centre(n), 2);
        }
        if (filled < 2 || count <= filled) return double.PositiveInfinity;
        double noise = within / (count - filled);
        double spread = (between - ((filled - 1) * noise)) / (count - (squares / count));
        return spread > 0 ? noise / spread : double.PositiveInfinity;
    }

    private readonly record struct Moments(int Count, double Sum, double Squares)
    {
        public double Mean => Count == 0 ? 0 : Sum / Count;

        public Moments With(double reward) => new(Count + 1, Sum + reward, Squares + (reward * reward));

        public double Towards(double centre, double strength) =>
            double.IsPositiveInfinity(strength) || Count == 0 ? centre : (Sum + (strength * centre)) / (Count + strength);
    }

    private sealed record ShrunkMeans(double All, double[] Items, Dictionary<long, double> Pairs, int Count)
    {
        public double Of(int context, int item) =>
            Pairs.TryGetValue(((long)context * Count) + item, out double mean) ? mean : Items[item];
    }
}
