using Kindred.Data;

namespace Kindred.Ranking;

/// <summary>
/// What goes with what: how much more often events of one label of the asker or the moment (their country, the hour) were with one label of
/// the item
/// (its genre) than events in general, counted before a moment.
/// </summary>
/// <remarks>
///   lift(a, x) = ln[(n(a, x) + s·p(x)) / ((n(a) + s)·p(x))], p(x) = n(x) / n, s = 20 events of nobody in particular
/// One number instead of a category for each pair: a tree needs one split for it, and rare pairs are near 0 by themselves. An item's value
/// is the mean over both sides' labels. Memory: 32 bytes for each pair of an event. Cost: four searches for each label, once a request.
/// </remarks>
internal sealed class LabelLift
{
    private const double Smoothing = 20;

    private const long MostPairs = 10_000_000;

    private readonly LabelColumn _items;
    // keys [askers' labels · items' labels], [askers' labels], [items' labels], [1]
    private readonly EventTimes _pairs, _ofAsker, _ofItem, _all;

    /// <param name="name">Of the feature, for messages.</param>
    /// <param name="asker">[events], the labels of who was there and when, below <paramref name="askerLabels"/>.</param>
    /// <param name="items">[items]</param>
    public LabelLift(string name, Histories events, IReadOnlyList<int[]> asker, int askerLabels, LabelColumn items)
    {
        _items = items;
        int itemLabels = items.Labels.Count;
        if ((long)askerLabels * itemLabels > MostPairs)
            throw new InputException(
                $"The feature '{name}' has {askerLabels} x {itemLabels} pairs of labels, at most {MostPairs} can be counted; cross " +
                $"columns of fewer labels.");
        var (a, x, times) = (new List<int>(), new List<int>(), new List<long>());
        for (int e = 0; e < events.Count; e++)
        {
            foreach (int label in asker[e])
            {
                foreach (int other in items[events.Items.Span[e]])
                {
                    a.Add(label);
                    x.Add(other);
                    if (events.HasTimes) times.Add(events.Times.Span[e]);
                }
            }
        }
        long[] when = [.. times];
        _pairs = new([.. a.Select((label, n) => (label * itemLabels) + x[n])], when, askerLabels * itemLabels);
        (_ofAsker, _ofItem, _all) = (new([.. a], when, askerLabels), new([.. x], when, itemLabels), new(new int[a.Count], when, 1));
    }

    /// <param name="labels">Of who asks, and when; −1: one that the data does not know.</param>
    /// <returns>The mean lift of an item's labels; NaN where it, or who asks, has none that is known.</returns>
    public FeatureValue Of(IReadOnlyList<int> labels, long moment)
    {
        var lifts = new Dictionary<int, double>();
        return (candidates, place) =>
        {
            var (sum, count) = (0.0, 0);
            foreach (int label in _items[candidates.Items[place]])
            {
                if (!lifts.TryGetValue(label, out double lift)) lifts.Add(label, lift = Lift(labels, label, moment));
                if (double.IsNaN(lift)) continue;
                sum += lift;
                count++;
            }
            return count == 0 ? float.NaN : (float)(sum / count);
        };
    }

    private double Lift(IReadOnlyList<int> labels, int ofItem, long moment)
    {
        double share = _ofItem.CountBefore(ofItem, moment) / (double)_all.CountBefore(0, moment);
        if (!(share > 0)) return double.NaN;
        var (sum, count) = (0.0, 0);
        foreach (int label in labels)
        {
            if (label < 0) continue;
            double pairs = _pairs.CountBefore((label * _items.Labels.Count) + ofItem, moment), own = _ofAsker.CountBefore(label, moment);
            sum += Math.Log((pairs + (Smoothing * share)) / ((own + Smoothing) * share));
            count++;
        }
        return count == 0 ? double.NaN : sum / count;
    }
}
