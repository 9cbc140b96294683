namespace Kindred.Ranking;

/// <summary>
/// Shapley values of the features, exactly and in polynomial time. S. Lundberg, G. Erion, S.-I. Lee, "Consistent Individualized Feature
/// Attribution for Tree Ensembles", 2018 (arXiv:1802.03888), Algorithm 2: a feature that is not known sends a row both ways, in proportion
/// to the rows trained on ("path-dependent").
/// </summary>
/// <remarks>
/// The path from the root holds each feature once: z, the share of rows that go along without knowing it; o, whether the row itself goes
/// along; w(i), the weight of all subsets of i of the path's features, by the number of their orders. Unlike in the paper, nothing is
/// divided by o, which is 1 wherever it would be, and what no subset reaches (z = 0, not o) is left out. A node whose feature is on the
/// path already takes it out first. Cost of a tree: leaves · depth².
/// </remarks>
internal readonly ref struct TreeShap(ForestNodes nodes, ForestColumns columns, ReadOnlySpan<float> row, Span<double> contributions)
{
    private readonly ReadOnlySpan<float> _row = row;
    private readonly Span<double> _contributions = contributions;

    /// <summary>[depth + 3], 1/n: quicker than to divide.</summary>
    private readonly double[] _inverse = [.. Enumerable.Range(0, nodes.Depth + 3).Select(n => 1.0 / n)];

    /// <param name="Feature">−1: the root's, which is no feature.</param>
    private record struct Step(int Feature, double Zero, bool One, double Weight);

    /// <summary>Adds what each feature contributes, over all trees.</summary>
    public void AddAll()
    {
        int longest = nodes.Depth + 2;
        var paths = new Step[longest * (longest + 1) / 2]; // of length 1, 2, …: each level of the recursion has its own
        for (int tree = 0; tree < nodes.Trees; tree++) Descend(nodes.Root(tree), paths, 0, new(-1, 1, true, 0));
    }

    /// <param name="paths">The path so far, [length], then room for longer ones.</param>
    /// <param name="step">By which the node was reached.</param>
    private void Descend(int node, Span<Step> paths, int length, Step step)
    {
        var path = paths[..(length + 1)];
        Extend(path, step);
        if (nodes.IsLeaf(node))
        {
            for (int n = 1; n < path.Length; n++)
                _contributions[path[n].Feature] += UnwoundSum(path, n) * ((path[n].One ? 1 : 0) - path[n].Zero) * nodes.Value(node);
            return;
        }
        int feature = columns.FeatureOf(nodes.Column(node)), first = nodes.First(node), chosen = nodes.Next(node, _row);
        Span<Step> rest = paths[path.Length..], next = rest[..path.Length];
        foreach (int child in (ReadOnlySpan<int>)[chosen, first + first + 1 - chosen])
        {
            path.CopyTo(next);
            double zero = 1;
            bool one = child == chosen;
            int depth = path.Length, earlier = FindFeature(path, feature);
            if (earlier > 0)
            {
                zero = path[earlier].Zero;
                one &= path[earlier].One;
                Unwind(next, earlier);
                depth--;
            }
            zero *= ForestBuilder.Share(nodes.RowsTrainedOn(child), nodes.RowsTrainedOn(node));
            if (zero != 0 || one) Descend(child, rest, depth, new(feature, zero, one, 0)); // else no subset leads there
        }
    }

    private static int FindFeature(ReadOnlySpan<Step> path, int feature)
    {
        int n = path.Length - 1;
        while (n > 0 && path[n].Feature != feature) n--;
        return n;
    }

    /// <summary>EXTEND: the last place of the path gets the step, and the weights are those of subsets with and without it.</summary>
    private void Extend(Span<Step> path, Step step)
    {
        int last = path.Length - 1;
        double share = _inverse[path.Length];
        path[last] = step with { Weight = last == 0 ? 1 : 0 };
        for (int n = last - 1; n >= 0; n--)
        {
            double weight = path[n].Weight * share;
            if (step.One) path[n + 1].Weight += weight * (n + 1);
            path[n].Weight = step.Zero * weight * (last - n);
        }
    }

    /// <summary>UNWIND: undoes the extension by the step at a place; the path's last place is free then.</summary>
    private void Unwind(Span<Step> path, int place)
    {
        int last = path.Length - 1;
        var (_, zero, one, _) = path[place];
        double after = path[last].Weight * path.Length, share = zero * _inverse[path.Length];
        for (int n = last - 1; n >= 0; n--)
        {
            double before = path[n].Weight;
            path[n].Weight = one ? after * _inverse[n + 1] : before * path.Length * _inverse[last - n] / zero;
            after = (before - (path[n].Weight * share * (last - n))) * path.Length;
        }
        for (int n = place; n < last; n++) path[n] = path[n + 1] with { Weight = path[n].Weight };
    }

    /// <returns>The sum of the weights as they would be without the step at a place.</returns>
    private double UnwoundSum(ReadOnlySpan<Step> path, int place)
    {
        int last = path.Length - 1;
        var (_, zero, one, _) = path[place];
        double sum = 0;
        if (!one)
        {
            for (int n = last - 1; n >= 0; n--) sum += path[n].Weight * _inverse[last - n];
            return sum * path.Length / zero;
        }
        double after = path[last].Weight * path.Length;
        for (int n = last - 1; n >= 0; n--)
        {
            double weight = after * _inverse[n + 1];
            sum += weight;
            after = (path[n].Weight * path.Length) - (weight * zero * (last - n));
        }
        return sum;
    }
}
