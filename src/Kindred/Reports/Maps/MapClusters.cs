using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Reports.Maps;

/// <summary>A region of a map.</summary>
/// <param name="Name">The label that its items have more often than others.</param>
internal sealed record MapCluster(string Name, double X, double Y, int Items);

/// <summary>Finds regions by k-means and names them by their labels.</summary>
internal static class MapClusters
{
    private const int Count = 10, Iterations = 20, FewestItems = 10;
    private const double LeastLift = 1.3;

    /// <returns>Those that a label stands out in; of regions of one name the largest alone.</returns>
    public static IReadOnlyList<MapCluster> Find(ItemMap map, LabelColumn labels, int seed = 0)
    {
        int n = map.Items.Count, count = Math.Min(Count, n / FewestItems);
        if (count == 0) return [];
        var (of, centers) = Means(map.Places, count, seed);
        int[] LabelsOf(int at) => map.Items[at] < labels.Starts.Length - 1 ? labels[map.Items[at]].ToArray() : [];
        var all = Enumerable.Range(0, n).SelectMany(LabelsOf).CountBy(label => label).ToDictionary();
        var found = new List<MapCluster>();
        for (int c = 0; c < count; c++)
        {
            int[] members = [.. Enumerable.Range(0, n).Where(at => of[at] == c)];
            // how much more often than elsewhere, of labels that many of the region have
            var best = members.SelectMany(LabelsOf).CountBy(label => label).Where(label => label.Value >= members.Length / 4.0)
                .Select(label => (label.Key, Lift: label.Value / (double)members.Length / (all[label.Key] / (double)n)))
                .OrderByDescending(label => label.Lift).ThenBy(label => label.Key).FirstOrDefault();
            if (members.Length >= FewestItems && best.Lift >= LeastLift)
                found.Add(new(labels.Labels.Id(best.Key), centers.Row(c)[0], centers.Row(c)[1], members.Length));
        }
        return [.. found.GroupBy(cluster => cluster.Name).Select(same => same.MaxBy(cluster => cluster.Items)!)];
    }

    private static (int[] Of, Matrix Centers) Means(Matrix places, int count, int seed)
    {
        var (of, centers, rng) = (new int[places.Rows], new Matrix(count, 2), new Rng((ulong)seed).Fork("clusters"));
        for (int c = 0; c < count; c++) places.Row(rng.NextInt(places.Rows)).CopyTo(centers.Row(c));
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            var sums = new double[count, 3];
            for (int at = 0; at < of.Length; at++)
            {
                var (x, y) = (places.Row(at)[0], places.Row(at)[1]);
                double nearest = double.MaxValue;
                for (int c = 0; c < count; c++)
                {
                    double dx = x - centers.Row(c)[0], dy = y - centers.Row(c)[1], distance = (dx * dx) + (dy * dy);
                    if (distance < nearest) (nearest, of[at]) = (distance, c);
                }
                sums[of[at], 0] += x;
                sums[of[at], 1] += y;
                sums[of[at], 2]++;
            }
            for (int c = 0; c < count; c++)
                if (sums[c, 2] > 0)
                    (centers.Row(c)[0], centers.Row(c)[1]) = ((float)(sums[c, 0] / sums[c, 2]), (float)(sums[c, 1] / sums[c, 2]));
        }
        return (of, centers);
    }
}
