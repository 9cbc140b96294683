using Kindred.Data;
using Kindred.Pipelines;

namespace Kindred.Ranking;

/// <summary>How much of a history has a label in common with an item: the labels of the history are counted once for a request.</summary>
internal sealed class LabelMatch
{
    private readonly LabelColumn _labels;
    private readonly Dictionary<int, float> _shares;

    public LabelMatch(LabelColumn labels, ReadOnlySpan<int> history)
    {
        // made for a label an event, so that it seldom grows, which would be most of what a request allocates
        (_labels, _shares) = (labels, new(history.Length));
        foreach (int item in history)
            foreach (int label in labels[item]) _shares[label] = _shares.GetValueOrDefault(label) + (1f / history.Length);
    }

    /// <returns>The share of the history's events that have the item's most frequent label there; NaN where the item has none.</returns>
    public float Of(Candidates candidates, int place)
    {
        float most = float.NaN;
        foreach (int label in _labels[candidates.Items[place]])
        {
            float share = _shares.GetValueOrDefault(label);
            if (!(most >= share)) most = share;
        }
        return most;
    }
}
