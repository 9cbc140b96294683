using Kindred.Data;
using Kindred.Numerics;
using Kindred.Numerics.Search;

namespace Kindred.Onboarding;

/// <summary>
/// Several cards at once that differ: one of each cluster, and of each label at most a share; where that leaves too few, more rounds.
/// </summary>
internal sealed class CardSelection
{
    private readonly int[] _clusterOf; // [cards]
    private readonly LabelColumn? _labels;
    private readonly ReadOnlyMemory<int> _items;

    /// <param name="clusters">As many as there are cards at once.</param>
    /// <param name="labels">[items] Such as genres; null: only clusters count.</param>
    public CardSelection(CardPool pool, CardFactors? factors, int clusters, LabelColumn? labels = null)
    {
        (_items, _labels) = (pool.Items, labels);
        _clusterOf = factors is null ? [.. Enumerable.Range(0, pool.Cards)] : ClustersOf(factors, Math.Min(clusters, pool.Cards));
    }

    /// <returns>Up to <paramref name="count"/> cards that were not shown, best first, with what each is expected to tell.</returns>
    /// <param name="hidden">Cards that must not be shown; null: none.</param>
    public IReadOnlyList<(int Card, double Gain)> Choose(
        ICardChooser chooser, CardAnswers answers, int count, IEnumerable<int>? hidden = null)
    {
        bool[] open = new bool[_clusterOf.Length], allowed = new bool[open.Length];
        Array.Fill(open, true);
        foreach (int card in answers.Picked.Concat(answers.Dismissed).Concat(hidden ?? [])) open[card] = false;
        var order = chooser.Start(answers);
        var chosen = new List<(int, double)>();
        var usedClusters = new HashSet<int>();
        var usedLabels = new Dictionary<int, int>();
        int most = Math.Max(1, count / 3); // of one label
        while (chosen.Count < count)
        {
            for (int card = 0; card < allowed.Length; card++) allowed[card] = open[card] && !usedClusters.Contains(_clusterOf[card])
                && !LabelsOf(card).Any(label => usedLabels.GetValueOrDefault(label) >= most);
            if (!Array.Exists(allowed, may => may))
            {
                if (!Array.Exists(open, may => may)) break;
                usedClusters.Clear(); // another round
                most += Math.Max(1, count / 3);
                continue;
            }
            var (next, gain) = order.Next(allowed);
            if (next < 0) break;
            chosen.Add((next, gain));
            open[next] = false;
            usedClusters.Add(_clusterOf[next]);
            foreach (int label in LabelsOf(next)) usedLabels[label] = usedLabels.GetValueOrDefault(label) + 1;
        }
        return chosen;
    }

    private int[] LabelsOf(int card) => _labels is null ? [] : _labels[_items.Span[card]].ToArray();

    /// <returns>[cards] By direction of the embeddings, as their length is popularity.</returns>
    internal static int[] ClustersOf(CardFactors factors, int clusters)
    {
        var directions = factors.Cards.Copy();
        for (int card = 0; card < directions.Rows; card++)
        {
            var row = directions.Row(card);
            float length = MathF.Sqrt(Kernels.Dot(row, row));
            if (length > 0) for (int k = 0; k < row.Length; k++) row[k] /= length;
        }
        if (directions.Rows == 0) return [];
        var centroids = KMeans.Train(directions, clusters, 20, new Rng(0).Fork("clusters of cards"), 1, CancellationToken.None);
        var ones = new float[directions.Rows];
        ones.AsSpan().Fill(1);
        var nearest = new int[directions.Rows];
        new NearestCentroids(centroids).FindAll(directions, ones, nearest, 1, CancellationToken.None);
        return nearest;
    }
}
