namespace Kindred.Reranking.Limits;

/// <summary>What the list of one request has of one attribute so far.</summary>
internal sealed class LimitedLabels(AttributeLimits limits)
{
    private readonly Dictionary<int, int> _counts = [], _ranks = []; // by label: how many are listed; where the last one stands, from 1
    private readonly Dictionary<int, int> _offered = []; // by label with a quota: how many candidates have it

    /// <summary>How many items with a label the quotas want yet, as far as candidates have it.</summary>
    public int Lacking => limits.Quotas.Sum(quota => LackingOf(quota.Key, quota.Value));

    /// <summary>Says that the item is among the candidates.</summary>
    public void Offer(int item)
    {
        if (limits.Quotas.Count == 0) return;
        foreach (int label in limits.LabelsOf[item]) if (limits.Quotas.ContainsKey(label)) Increment(_offered, label);
    }

    /// <summary>Puts the item into the list.</summary>
    public void Take(int item, int rank)
    {
        foreach (int label in limits.LabelsOf[item])
        {
            Increment(_counts, label);
            _ranks[label] = rank;
        }
    }

    public bool Fits(int item)
    {
        foreach (int label in limits.LabelsOf[item]) if (_counts.GetValueOrDefault(label) >= limits.MostWith(label)) return false;
        return true;
    }

    public bool IsApart(int item, int rank)
    {
        if (limits.Limit.Gap == 0) return true;
        foreach (int label in limits.LabelsOf[item])
            if (_ranks.TryGetValue(label, out int last) && rank - last <= limits.Limit.Gap) return false;
        return true;
    }

    /// <returns>How many quotas the item brings nearer.</returns>
    public int Serves(int item)
    {
        if (limits.Quotas.Count == 0) return 0;
        int serves = 0;
        foreach (int label in limits.LabelsOf[item])
            if (limits.Quotas.TryGetValue(label, out int wanted) && LackingOf(label, wanted) > 0) serves++;
        return serves;
    }

    public void TellShortfalls(int user, Action<QuotaShortfall> tell)
    {
        foreach (var (label, wanted) in limits.Quotas)
        {
            if (_counts.GetValueOrDefault(label) is var got && got < wanted)
                tell(new(user, limits.Limit.Labels, limits.Labels.Id(label), wanted, got));
        }
    }

    private int LackingOf(int label, int wanted) =>
        Math.Max(0, Math.Min(wanted, _offered.GetValueOrDefault(label)) - _counts.GetValueOrDefault(label));

    private static void Increment(Dictionary<int, int> counts, int label) => counts[label] = counts.GetValueOrDefault(label) + 1;
}
