namespace Kindred.OffPolicy;

/// <summary>
/// What a policy that chooses at random has shown, with the probability of each choice: enough to estimate what another policy would have
/// earned. Immutable.
/// </summary>
public sealed class BanditLog
{
    private BanditLog(
        string[] items, string[] contexts, int[] item, int[] context, double[] rewards, double[] propensities, int[]? unit, int units,
        ListIndex? lists, int[]? cluster, TimeSpan? span)
    {
        (Items, Contexts, Item, Context, Rewards, Propensities) = (items, contexts, item, context, rewards, propensities);
        (Unit, Units, Lists, Cluster, Span) = (unit, units, lists, cluster, span);
    }

    /// <summary>Decisions.</summary>
    public int Count => Rewards.Length;

    /// <summary>Ids of the items that were shown, in order of their first decision.</summary>
    public IReadOnlyList<string> Items { get; }

    /// <summary>In order of their first decision; a single empty one where there are none.</summary>
    public IReadOnlyList<string> Contexts { get; }

    /// <summary>[decisions]</summary>
    internal int[] Item { get; }

    /// <summary>[decisions]</summary>
    internal int[] Context { get; }

    /// <summary>[decisions]</summary>
    internal double[] Rewards { get; }

    /// <summary>[decisions], in (0, 1].</summary>
    internal double[] Propensities { get; }

    /// <summary>[decisions]: the user, or else the list; null where each decision stands alone.</summary>
    internal int[]? Unit { get; }

    /// <summary>Users, lists or decisions: what is independent of each other.</summary>
    internal int Units { get; }

    /// <summary>Null where decisions are about one item each.</summary>
    internal ListIndex? Lists { get; }

    /// <summary>[decisions]; null where items have none.</summary>
    internal int[]? Cluster { get; }

    /// <summary>From the first to the last decision; null without times.</summary>
    internal TimeSpan? Span { get; }

    /// <param name="decisions">In any order. All have a user, a list, a cluster or a time, or none has.</param>
    /// <exception cref="InputException">There is none, or one cannot be used.</exception>
    public static BanditLog From(IEnumerable<LoggedDecision> decisions)
    {
        ArgumentNullException.ThrowIfNull(decisions);
        Ids items = new(), contexts = new(), users = new(), lists = new(), clusters = new();
        List<int> item = [], context = [], user = [], list = [], position = [], cluster = [];
        List<double> rewards = [], propensities = [];
        DateTimeOffset? first = null, last = null;
        foreach (var decision in decisions)
        {
            Check(decision, rewards.Count + 1);
            item.Add(items.Index(decision.Item));
            context.Add(contexts.Index(decision.Context ?? ""));
            rewards.Add(decision.Reward);
            propensities.Add(decision.Propensity);
            if (decision.User is { } u) user.Add(users.Index(u));
            if (decision.List is { } l) list.Add(lists.Index(l));
            if (decision.Cluster is { } c) cluster.Add(clusters.Index(c));
            position.Add(decision.Position);
            if (decision.Time is not { } time) continue;
            if (first is null || time < first) first = time;
            if (last is null || time > last) last = time;
        }
        int count = rewards.Count;
        if (count == 0) throw new InputException("The log holds no decisions; nothing can be estimated from it.");
        CheckAllOrNone("user", user.Count, count);
        CheckAllOrNone("list", list.Count, count);
        CheckAllOrNone("cluster", cluster.Count, count);
        var (unit, units) = user.Count > 0 ? (user, users.Count) : list.Count > 0 ? (list, lists.Count) : (null, count);
        return new(
            [.. items.Names], [.. contexts.Names], [.. item], [.. context], [.. rewards], [.. propensities], unit?.ToArray(), units,
            list.Count > 0 ? ListIndex.Of([.. list], lists.Count, [.. position], lists.Names) : null,
            cluster.Count > 0 ? [.. cluster] : null, last - first);
    }

    private static void Check(LoggedDecision decision, int row)
    {
        if (string.IsNullOrEmpty(decision.Item)) throw new InputException($"Decision {row} names no item.");
        if (!double.IsFinite(decision.Reward)) throw new InputException($"Decision {row} has the reward {decision.Reward}; give a number.");
        if (!(decision.Propensity > 0 && decision.Propensity <= 1))
        {
            throw new InputException($"Decision {row} has the propensity {decision.Propensity}; "
                + "give the probability, above 0 and at most 1, with which the logging policy showed the item.");
        }
    }

    private static void CheckAllOrNone(string what, int given, int count)
    {
        if (given > 0 && given < count)
            throw new InputException($"{given} of {count} decisions name a {what}; name one for each decision, or for none.");
    }

    private sealed class Ids
    {
        private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);

        public List<string> Names { get; } = [];

        public int Count => Names.Count;

        public int Index(string name)
        {
            if (_indices.TryGetValue(name, out int index)) return index;
            Names.Add(name);
            _indices.Add(name, Count - 1);
            return Count - 1;
        }
    }
}
