using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tuning;

/// <summary>
/// Draws where good trials are dense and bad ones are not.
/// J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl, "Algorithms for Hyper-Parameter Optimization", NIPS 2011, §4.
/// </summary>
/// <remarks>
///   l, g: densities of the best 15 % of the trials, and of the others; next = argmax of l(x) / g(x) over 24 draws x of l
/// From S. Watanabe, "Tree-Structured Parzen Estimator: Understanding Its Algorithm Components and Their Roles for Better Empirical
/// Performance", 2023: one kernel over all options instead of a density for each option, so that options which are good only together are
/// drawn together; the linear split into good and bad; a uniform component in both densities and a least width of kernels, so that nothing
/// is ruled out; equal weights of old and new trials.
/// Differs from both: an option that decides about the others (<see cref="SearchSpace.ConditionalOn"/>) is drawn first, out of the density
/// of the good trials, and l and g of the others are of trials with the same value; where there are fewer than 5 of these, they are drawn
/// uniformly. Failed trials are bad ones. Before there are 10 trials, everything is drawn uniformly.
/// </remarks>
internal static class TreeParzen
{
    private const int Startup = 10, FewestPeers = 5, Draws = 24;

    private const double GoodShare = .15;

    /// <summary>A trial as a point [options] and its value; minus infinity: it failed.</summary>
    public readonly record struct Seen(double[] Point, double Value);

    /// <param name="seen">In the order in which they were drawn.</param>
    /// <returns>[options]</returns>
    public static double[] Suggest(SearchSpace space, IReadOnlyList<Seen> seen, Rng rng)
    {
        double[] point = [.. space.Ranges.Select(range => range.Draw(rng))];
        if (seen.Count < Startup) return point;
        int[] chosen = [.. Enumerable.Range(0, point.Length)];
        if (space.First is { } first)
        {
            int place = chosen.First(d => space.Ranges[d] == first);
            var (good, _) = Split(seen);
            if (good.Length > 0) point[place] = new ParzenDensity([first], [.. good.Select(s => new[] { s.Point[place] })]).Draw(rng)[0];
            seen = [.. seen.Where(s => s.Point[place] == point[place])];
            if (seen.Count < FewestPeers || point.Length == 1) return point;
            chosen = [.. chosen.Where(d => d != place)];
        }
        Improve(point, chosen, space, seen, rng);
        return point;
    }

    // point [options]: those chosen are overwritten
    private static void Improve(double[] point, int[] chosen, SearchSpace space, IReadOnlyList<Seen> seen, Rng rng)
    {
        var (good, bad) = Split(seen);
        if (good.Length == 0) return;
        OptionRange[] ranges = [.. chosen.Select(d => space.Ranges[d])];
        double[][] PointsOf(Seen[] trials) => [.. trials.Select(s => chosen.Select(d => s.Point[d]).ToArray())];
        ParzenDensity l = new(ranges, PointsOf(good)), g = new(ranges, PointsOf(bad));
        double best = double.NegativeInfinity;
        for (int n = 0; n < Draws; n++)
        {
            double[] x = l.Draw(rng);
            double gain = l.LogAt(x) - g.LogAt(x);
            if (!(gain > best)) continue;
            best = gain;
            for (int c = 0; c < chosen.Length; c++) point[chosen[c]] = x[c];
        }
    }

    /// <returns>The good ones, at least one unless all failed, and the others.</returns>
    internal static (Seen[] Good, Seen[] Bad) Split(IReadOnlyList<Seen> seen)
    {
        Seen[] ranked = [.. seen.OrderByDescending(s => s.Value)]; // stable: of equal ones the earlier
        int good = Math.Min((int)Math.Ceiling(GoodShare * ranked.Length), ranked.Count(s => !double.IsNegativeInfinity(s.Value)));
        return (ranked[..good], ranked[good..]);
    }
}
