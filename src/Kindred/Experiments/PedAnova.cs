using Kindred.Models;

namespace Kindred.Experiments;

/// <summary>
/// How much each option matters, from trials alone.
/// S. Watanabe, A. Bansal, F. Hutter, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary Subspaces", IJCAI 2023.
/// </summary>
/// <remarks>
///   p: density of an option's values in all trials, q: in the best quarter; importance ∝ E over p of (q / p − 1)²
/// An option that does not matter has the same density in both. The densities are taken at the middles of 50 cells of the range, or at each
/// choice. The share is of what single options explain; options that matter only together are not seen.
/// </remarks>
internal static class PedAnova
{
    private const int Cells = 50;

    /// <summary>Fewer say nothing.</summary>
    public const int FewestTrials = 20;

    private const double TopShare = .25;

    /// <returns>Most important first; empty: fewer than 20 trials succeeded.</returns>
    public static IReadOnlyList<OptionImportance> Of(SearchSpace space, IReadOnlyList<Trial> trials)
    {
        Trial[] ranked = [.. Trial.Ranked(trials.Where(t => t.Value is not null))];
        if (ranked.Length < FewestTrials) return [];
        int top = (int)Math.Ceiling(TopShare * ranked.Length);
        double[] shifts = [.. space.Ranges.Select(range => Shift(range, [.. ranked.Select(t => range.CoordinateOf(t.Options[range.Name]!))], top))];
        double sum = shifts.Sum();
        return [.. space.Ranges.Select((range, n) => new OptionImportance(range.Name, sum > 0 ? shifts[n] / sum : 0)).OrderByDescending(i => i.Share)];
    }

    /// <param name="values">[trials], coordinates, best trial first.</param>
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
