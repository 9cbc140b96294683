namespace Kindred.Tests.Evaluation;

/// <summary>
/// The second evaluator, continued: metrics with a background, straight from the definitions, by other ways than the library's.
/// </summary>
internal static class ReferenceBeyond
{
    /// <param name="metric">"Name@K" or "Name".</param>
    /// <param name="relevant">Items with the weight of their test events.</param>
    /// <param name="history">With repeats.</param>
    public static double Measure(string metric, World world, int[] ranked, Dictionary<int, double> relevant, int[] history)
    {
        string[] parts = metric.Split('@');
        int k = parts.Length == 1 ? 0 : int.Parse(parts[1]);
        int[] first = [.. ranked.Take(k)];
        double Popularity(int item) => AudienceOf(world, item);
        return parts[0] switch
        {
            "RecallCapped" => first.Count(relevant.ContainsKey) / (double)new[] { k, relevant.Count }.Min(),
            "NDCGLinear" => Discounted(first, relevant) / Ideal(relevant, k),
            "NDCGExponential" => Discounted(first, Powers(relevant)) / Ideal(Powers(relevant), k),
            "RecallSnips" => first.Where(relevant.ContainsKey).Sum(i => Inverse(world, i)) / relevant.Keys.Sum(i => Inverse(world, i)),
            "NDCGSnips" => Discounted(first, Inverses(world, relevant)) / Ideal(Inverses(world, relevant), k),
            "RPrecision" => ranked.Take(relevant.Count).Count(relevant.ContainsKey) / (double)relevant.Count,
            "AUC" => PairsWon(world, ranked, relevant, history),
            "Novelty" => Mean(first.Select(i => Math.Log2(world.Train.Users.Count) - Math.Log2(Math.Max(1, Popularity(i))))),
            "ARP" => Mean(first.Select(Popularity)),
            "PopularityLift" => (Mean(first.Select(Popularity)) / Mean(history.Distinct().Select(Popularity))) - 1,
            "Diversity" => Mean(from a in first from b in first where a < b select ByLabels(world, a, b)),
            "DiversityByEmbedding" => Mean(from a in first from b in first where a < b select ByAngle(world, a, b)),
            "Unexpectedness" => Mean(from a in first from b in history.Distinct() select ByLabels(world, a, b)),
            "UnexpectednessByEmbedding" => Mean(from a in first from b in history.Distinct() select ByAngle(world, a, b)),
            "Serendipity" => first.Where(relevant.ContainsKey).Except(MostPopular(world, history, k)).Count() / (double)k,
            "Miscalibration" => Divergence(world, history, first),
            _ => Reference.Measure(metric, ranked, [.. relevant.Keys]),
        };
    }

    /// <param name="metric">"Name@K" or "Name:grouping@K".</param>
    /// <param name="lists">Of all measured users.</param>
    public static double MeasureAll(string metric, World world, int[][] lists)
    {
        int k = int.Parse(metric.Split('@')[1]), items = world.Train.Items.Count;
        lists = [.. lists.Select(list => list.Take(k).ToArray())];
        int[] places = [.. lists.SelectMany(list => list)];
        double Count(int item) => places.Count(place => place == item);
        double[] counts = [.. Enumerable.Range(0, items).Select(Count)];
        return metric.Split('@', ':')[0] switch
        {
            "Coverage" => places.Distinct().Count() / (double)items,
            // the mean absolute difference of two items, relative to twice the mean
            "Gini" => (from x in counts from y in counts select Math.Abs(x - y)).Sum() / (2.0 * items * counts.Sum()),
            "Entropy" => places.Length == 0 ? double.NaN
                : places.Distinct().Sum(i => Count(i) / places.Length * Math.Log2(places.Length / Count(i))) / Math.Log2(items),
            "Personalization" => 1 - Mean(
                from a in Enumerable.Range(0, lists.Length)
                from b in Enumerable.Range(0, lists.Length)
                where a != b
                select lists[a].Intersect(lists[b]).Count() / (double)k),
            "LongTailShare" => places.Except(Head(world)).Sum(Count) / places.Length,
            "ExposureParity" => Parity(world, counts),
            _ => throw new ArgumentException(metric),
        };
    }

    private static double Mean(IEnumerable<double> values)
    {
        double[] known = [.. values.Where(value => !double.IsNaN(value))];
        return known.Length == 0 ? double.NaN : known.Sum() / known.Length;
    }

    private static int AudienceOf(World world, int item) =>
        Enumerable.Range(0, world.Train.Users.Count).Count(user => world.Train.Histories.ItemsOf(user).ToArray().Contains(item));

    private static double Inverse(World world, int item) => 1 / Math.Pow(Math.Max(1, AudienceOf(world, item)), 1.25);

    private static Dictionary<int, double> Inverses(World world, Dictionary<int, double> relevant) =>
        relevant.Keys.ToDictionary(item => item, item => Inverse(world, item));

    private static Dictionary<int, double> Powers(Dictionary<int, double> gains) =>
        gains.ToDictionary(gain => gain.Key, gain => Math.Pow(2, gain.Value) - 1);

    private static double Discounted(IEnumerable<int> ranked, Dictionary<int, double> gains) =>
        ranked.Select((item, place) => gains.GetValueOrDefault(item) * Math.Log(2) / Math.Log(place + 2)).Sum();

    private static double Ideal(Dictionary<int, double> gains, int k) =>
        Discounted(gains.OrderByDescending(gain => gain.Value).Select(gain => gain.Key).Take(k), gains);

    private static double PairsWon(World world, int[] ranked, Dictionary<int, double> relevant, int[] history)
    {
        int RankOf(int item) => Array.IndexOf(ranked, item) is var place && place < 0 ? int.MaxValue : place;
        int[] others = [.. Enumerable.Range(0, world.Train.Items.Count).Except(relevant.Keys).Except(history)];
        return Mean(
            from wanted in relevant.Keys
            from other in others
            select RankOf(wanted) < RankOf(other) ? 1.0 : RankOf(wanted) == RankOf(other) ? .5 : 0);
    }

    private static double ByLabels(World world, int a, int b) =>
        world.Labels[a].Length == 0 || world.Labels[b].Length == 0 ? double.NaN
        : 1 - (world.Labels[a].Intersect(world.Labels[b]).Count() / (double)world.Labels[a].Union(world.Labels[b]).Count());

    private static double ByAngle(World world, int a, int b)
    {
        double[] x = [.. world.Embeddings.Row(a).ToArray()], y = [.. world.Embeddings.Row(b).ToArray()];
        double Length(double[] v) => Math.Sqrt(v.Sum(c => c * c));
        return 1 - (x.Zip(y).Sum(c => c.First * c.Second) / (Length(x) * Length(y)));
    }

    private static IEnumerable<int> MostPopular(World world, int[] history, int k) =>
        Enumerable.Range(0, world.Train.Items.Count).Except(history).OrderBy(item => -AudienceOf(world, item)).Take(k);

    private static int[] Head(World world)
    {
        int[] sorted = [.. Enumerable.Range(0, world.Train.Items.Count).OrderBy(item => -AudienceOf(world, item))];
        double all = sorted.Sum(item => AudienceOf(world, item));
        for (int size = 0; ; size++)
            if (sorted.Take(size).Sum(item => AudienceOf(world, item)) >= .8 * all) return sorted[..size];
    }

    private static double Parity(World world, double[] counts)
    {
        int[] groupOf = world.Groups.Of.ToArray();
        double[] means = [.. Enumerable.Range(0, counts.Length).Where(item => groupOf[item] >= 0)
            .GroupBy(item => groupOf[item]).Select(group => group.Average(item => counts[item]))];
        return means.Length < 2 ? double.NaN : means.Min() / means.Max();
    }

    private static double Divergence(World world, int[] history, int[] first)
    {
        double Share(int[] items, string label) => Mean(items.Select(
            item => world.Labels[item].Length == 0 ? double.NaN
                : world.Labels[item].Count(own => own == label) / (double)world.Labels[item].Length));
        double sum = 0;
        foreach (string label in world.Labels.SelectMany(own => own).Distinct())
        {
            double p = Share(history, label), q = (.99 * Share(first, label)) + (.01 * p);
            if (p != 0) sum += p * (Math.Log(p) - Math.Log(q));
        }
        bool isEmpty(int[] items) => items.All(item => world.Labels[item].Length == 0);
        return isEmpty(history) || isEmpty(first) ? double.NaN : sum;
    }
}
