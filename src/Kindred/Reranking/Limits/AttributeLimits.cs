using Kindred.Data;

namespace Kindred.Reranking.Limits;

/// <summary>A <see cref="LabelLimit"/> by the indices of labels.</summary>
internal sealed class AttributeLimits
{
    private readonly Dictionary<int, int> _mostOf;

    /// <param name="column">[items]</param>
    /// <exception cref="InputException">A limit is out of its range, or of a label that the column does not have.</exception>
    public AttributeLimits(LabelLimit limit, LabelColumn column)
    {
        OptionCheck.Check(limit);
        (Limit, Labels, LabelsOf) = (limit, column.Labels, new(column));
        (_mostOf, Quotas) = (ByLabel(limit.MostOf, nameof(limit.MostOf)), ByLabel(limit.LeastOf, nameof(limit.LeastOf)));
    }

    public LabelLimit Limit { get; }

    public Vocabulary Labels { get; }

    public DistinctLabels LabelsOf { get; }

    /// <summary><see cref="LabelLimit.LeastOf"/>: how many items with a label there are to be.</summary>
    public IReadOnlyDictionary<int, int> Quotas { get; }

    /// <returns>How many items with the label there may be.</returns>
    public int MostWith(int label) => _mostOf.TryGetValue(label, out int own) ? own : Limit.Most ?? int.MaxValue;

    /// <exception cref="InputException">No list of that length can have what the limits ask for.</exception>
    public void CheckFor(int count)
    {
        foreach (var (label, least) in Quotas)
        {
            int most = Math.Min(count, MostWith(label));
            if (least > most)
                throw new InputException($"A list cannot have {least} or more of {Limit.Labels} '{Labels.Id(label)}' and {most} at most.");
        }
    }

    private Dictionary<int, int> ByLabel(IReadOnlyDictionary<string, int> limits, string option)
    {
        var byLabel = new Dictionary<int, int>();
        foreach (var (name, limit) in limits)
        {
            if (!Labels.TryGetIndex(name, out int label))
                throw new InputException(
                    $"{OptionCheck.NameOf(option)} names '{name}', which is no label of {Limit.Labels}; there are {Some()}.", option);
            byLabel[label] = limit;
        }
        return byLabel;
    }

    private string Some()
    {
        const int mostListed = 20;
        var names = Enumerable.Range(0, Math.Min(mostListed, Labels.Count)).Select(Labels.Id);
        return string.Join(", ", names) + (Labels.Count > mostListed ? $" and {Labels.Count - mostListed} more" : "");
    }
}
