using Kindred.Data;

namespace Kindred.Reranking.Limits;

/// <summary>What a list may and must have of the labels of one attribute.</summary>
/// <param name="attribute">Its name.</param>
/// <param name="labels">[items]</param>
public sealed class AttributeLimits(string attribute, LabelColumn labels)
{
    private static readonly Dictionary<string, int> Nothing = [];

    private readonly Dictionary<int, int> _mostOf = []; // by label

    public string Attribute => attribute;

    /// <summary>[items]</summary>
    public LabelColumn Labels => labels;

    /// <summary>How many items of one label there may be; null: any number.</summary>
    public int? Most { get; init => field = value is { } most ? OptionCheck.AtLeast(0, most, nameof(Most)) : null; }

    /// <summary>The same for single labels, instead of <see cref="Most"/>.</summary>
    public IReadOnlyDictionary<string, int> MostOf
    {
        get;
        init => (field, _mostOf) = (value, ByLabel(value, nameof(MostOf)));
    } = Nothing;

    /// <summary>Quotas: how many items with a label there are to be.</summary>
    public IReadOnlyDictionary<string, int> LeastOf
    {
        get;
        init => (field, Quotas) = (value, ByLabel(value, nameof(LeastOf)));
    } = Nothing;

    /// <summary>How many other items stand between two with a label in common, at least.</summary>
    public int Gap { get; init => field = OptionCheck.AtLeast(0, value, nameof(Gap)); }

    internal DistinctLabels LabelsOf { get; } = new(labels);

    /// <summary><see cref="LeastOf"/> by label.</summary>
    internal IReadOnlyDictionary<int, int> Quotas { get; private init; } = new Dictionary<int, int>();

    /// <returns>How many items with the label there may be.</returns>
    internal int MostWith(int label) => _mostOf.TryGetValue(label, out int own) ? own : Most ?? int.MaxValue;

    private Dictionary<int, int> ByLabel(IReadOnlyDictionary<string, int> limits, string option)
    {
        var byLabel = new Dictionary<int, int>();
        foreach (var (name, limit) in limits)
        {
            OptionCheck.AtLeast(0, limit, $"{option} of {Attribute} '{name}'");
            if (!Labels.Labels.TryGetIndex(name, out int label))
                throw new InputException($"{option} names '{name}', which is no label of {Attribute}; there are {Some()}.");
            byLabel[label] = limit;
        }
        return byLabel;
    }

    private string Some()
    {
        const int mostListed = 20;
        var names = Enumerable.Range(0, Math.Min(mostListed, Labels.Labels.Count)).Select(Labels.Labels.Id);
        return string.Join(", ", names) + (Labels.Labels.Count > mostListed ? $" and {Labels.Labels.Count - mostListed} more" : "");
    }
}
