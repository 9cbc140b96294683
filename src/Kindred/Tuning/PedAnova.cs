using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tuning;

/// <summary>
/// How much each option matters, from trials alone.
/// S. Watanabe, A. Bansal, F. Hutter, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary Subspaces", IJCAI 2023.
/// </summary>
/// <remarks>
///   p: density of an option's values in all trials, q: in the best quarter; importance ∝ E over p of (q / p − 1)²
/// An option that does not matter has the same density in both. The densities are taken at the middles of 50 cells of the range, or at each
/// choice. The share is of what single options explain; options that matter only together are not seen.
/// Differs from the paper, which takes trials as they are: TPE crowds them where they are good, for options that matter and, by chance, for
/// others. Here they are drawn again, each with probability ∝ 1 / (density of all trials at it), as if they had been drawn uniformly; and
/// what comes out with the values shuffled among the trials, the mean of 20 times, is chance and taken off.
/// Nevertheless: what TPE settled together by chance with something that matters cannot be told from it. Random search says it cleanly.
/// </remarks>
internal static class PedAnova
{
    private const int Cells = 50, Shuffles = 20;

    private const double TopShare = .25;

    /// <summary>Fewer say nothing.</summary>
    public const int FewestTrials = 20;

    /// <returns>Most important first; empty: fewer than 20 trials succeeded.</returns>
    public static IReadOnlyList<OptionImportance> Of(SearchSpace space, IReadOnlyList<Trial> trials)
    {
        double[][] points = [.. Trial.Ranked(trials.Where(t => t.Value is not null)).Select(t => space.PointOf(t.Options))];
        if (points.Length < FewestTrials) return [];
        var density = new ParzenDensity(space.Ranges, points);
        double[] weights = [.. points.Select(point => Math.Exp(-density.LogAt(point)))];

        double[] shifts = ShiftsOf(space, points, weights), chance = new double[shifts.Length];
        int[] order = [.. Enumerable.Range(0, points.Length)];
        var rng = new Rng(0).Fork("shuffle");
        for (int n = 0; n < Shuffles; n++)
        {
            rng.Shuffle<int>(order);
            double[] shuffled = ShiftsOf(space, [.. order.Select(o => points[o])], [.. order.Select(o => weights[o])]);
            for (int d = 0; d < chance.Length; d++) chance[d] += shuffled[d] / Shuffles;
        }
        double[] real = [.. shifts.Select((shift, d) => Math.Max(0, shift - chance[d]))];
        double sum = real.Sum();
        return [.. space.Ranges.Select((range, d) => new OptionImportance(range.Name, sum > 0 ? real[d] / sum : 0))
            .OrderByDescending(i => i.Share)];
    }

    /// <param name="points">[trials][options], best first.</param>
    private static double[] ShiftsOf(SearchSpace space, double[][] points, double[] weights)
    {
        double[][] spread = Spread(points, weights);
        int top = (int)Math.Ceiling(TopShare * spread.Length);
        return [.. space.Ranges.Select((range, d) => Shift(range, [.. spread.Select(point => point[d])], top))];
    }

    /// <returns>[trials]: heavy ones several times, light ones seldom, in their order. By equal steps through the weights, not at
    /// random.</returns>
    private static double[][] Spread(double[][] points, double[] weights)
    {
        double step = weights.Sum() / points.Length, next = step / 2, sum = 0;
        var spread = new List<double[]>();
        for (int n = 0; n < points.Length; n++)
        {
            sum += weights[n];
            for (; next < sum && spread.Count < points.Length; next += step) spread.Add(points[n]);
        }
        return [.. spread];
    }

    /// <param name="values">[trials], coordinates, best trial first.</param>
    /// <param name="top">How many are the best.</param>
    internal static double Shift(OptionRange range, double[] values, int top)
    {
        double[][] points = [.. values.Select(value => new[] { value })];
        ParzenDensity all = new([range], points), best = new([range], points[..top]);
        int cells = range.Choices > 0 ? range.Choices : Cells;
        double shift = 0, sum = 0;
        for (int cell = 0; cell < cells; cell++)
        {
            double[] x = [range.Choices > 0 ? cell : range.Low + ((range.High - range.Low) * (cell + .5) / cells)];
            double p = Math.Exp(all.LogAt(x)), ratio = Math.Exp(best.LogAt(x)) / p;
            sum += p;
            shift += p * (ratio - 1) * (ratio - 1);
        }
        return shift / sum;
    }
}
