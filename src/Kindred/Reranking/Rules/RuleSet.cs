using System.Globalization;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Storage;

namespace Kindred.Reranking.Rules;

/// <summary>
/// What people decide about lists, whatever a model says: filters, boosts, pins and caps, under conditions and in seasons.
/// </summary>
/// <remarks>
/// In this order, whatever the order of the rules: filter; boost and bury, whose factors multiply, and if a score changed, sort; cap, down
/// the list; pin. A pinned item counts for caps first and is not taken away by them. Of rules that pin to one rank the first gets it, the
/// others the next free ones. An item later than the catalog meets no condition. Nothing is proposed: <see cref="PinnedItemsRetriever"/>
/// does that. Since boosts sort, diversity belongs after them; a set of pins alone may stand last.
/// Cost: for each rule and candidate one bit, or a few calls where its condition compares item and request. Safe to share between threads.
/// </remarks>
internal sealed class RuleSet : IExplainingStage
{
    /// <summary>Rules of one set: each is asked in every request.</summary>
    public const int MostRules = 1000;

    private readonly CompiledRule[] _rules;
    private volatile Evaluation? _latest;

    private RuleSet(CompiledRule[] rules, IReadOnlyList<string> warnings) => (_rules, Warnings) = (rules, warnings);

    public IReadOnlyList<Rule> Rules => [.. _rules.Select(rule => rule.Rule)];

    /// <summary>Sentences about what is allowed but probably a mistake, such as a label that no item has.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <param name="json">An array of objects {"name", "when", "then", "from", "to"}; all but name and then may be left out.</param>
    /// <exception cref="InputException">What is wrong, where, and what there is.</exception>
    public static RuleSet Parse(string json, RuleColumns columns) => Of(RuleReader.Read(json), columns);

    /// <summary><see cref="Parse"/> of a file.</summary>
    public static RuleSet Read(string path, RuleColumns columns)
    {
        try
        {
            return Parse(TextFile.Read(path), columns);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The rules {path} cannot be read: {error.Message}", error);
        }
    }

    /// <exception cref="InputException">An expression is none or does not fit the columns, or there are more than <see
    /// cref="MostRules"/>.</exception>
    public static RuleSet Of(IReadOnlyList<Rule> rules, RuleColumns columns)
    {
        CheckCount(rules.Count);
        var warnings = new List<string>();
        return new([.. rules.Select(rule => CompiledRule.Of(rule, columns, warnings))], warnings);
    }

    /// <exception cref="InputException">There are more than <see cref="MostRules"/>.</exception>
    internal static void CheckCount(int rules)
    {
        if (rules > MostRules)
            throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"There are {rules:N0} rules; write at most {MostRules:N0}."));
    }

    /// <returns>The rules that concern an item in a request, in their order: why it stands where it stands.</returns>
    public IReadOnlyList<Rule> RulesFor(in Query query, int item) =>
        [.. Active(query).Where(rule => rule.Holds(item)).Select(rule => rule.Rule)];

    public IReadOnlyList<Reason> ReasonsFor(in Query query, Candidates before, int place) =>
        [.. RulesFor(query, before.Items[place]).Select(rule => new Reason($"{rule.Name} ({rule.Then})"))];

    public bool HoldsForFallback => true;

    public void Apply(in Query query, Candidates candidates)
    {
        var active = Active(query);
        if (active.Count == 0) return;
        ActiveRule[] Those(RuleActionKind kind) => [.. active.Where(rule => rule.Kind == kind)];
        if (Those(RuleActionKind.Filter) is { Length: > 0 } filters)
            candidates.KeepWhere(place => !HoldsAny(filters, candidates.Items[place]));
        bool isChanged = false;
        foreach (var rule in active) if (rule.Kind is RuleActionKind.Boost or RuleActionKind.Bury) isChanged |= Weigh(rule, candidates);
        if (isChanged) candidates.Sort();
        Arrange(candidates, Those(RuleActionKind.Pin), Those(RuleActionKind.Cap));
    }

    /// <returns>The rules of a kind that hold for something in the request.</returns>
    /// <remarks>Reasons are asked for item by item: the rules of the latest request are kept, so that they are not bound for
    /// each.</remarks>
    internal IReadOnlyList<ActiveRule> Active(in Query query)
    {
        if (_latest is { } latest && latest.User == query.User && ReferenceEquals(latest.Context, query.Context)) return latest.Rules;
        var moment = new RequestContext(query.User, query.Context);
        var active = new List<ActiveRule>(_rules.Length);
        foreach (var rule in _rules) if (rule.For(moment) is { } now) active.Add(now);
        _latest = new(query.User, query.Context, active);
        return active;
    }

    /// <returns>The places of a finished list, from 0, whose items stand there because rules pin them.</returns>
    /// <param name="items">Items without an index are −1.</param>
    /// <remarks>A pin stands at its rank, at the end of a shorter list, or further down where other pins of its rank came first.</remarks>
    public IReadOnlySet<int> PinnedPlaces(in Query query, ReadOnlySpan<int> items)
    {
        var pinned = new HashSet<int>();
        ActiveRule[] pins = [.. Active(query).Where(rule => rule.Kind == RuleActionKind.Pin)];
        foreach (var pin in pins)
        {
            int first = Math.Min((int)pin.Rule.Then.Amount, items.Length) - 1;
            for (int place = first; place < Math.Min(first + pins.Length, items.Length); place++)
            {
                if (place < 0 || items[place] < 0 || pinned.Contains(place) || !pin.Holds(items[place])) continue;
                pinned.Add(place);
                break;
            }
        }
        return pinned;
    }

    private static bool HoldsAny(ActiveRule[] rules, int item)
    {
        foreach (var rule in rules) if (rule.Holds(item)) return true;
        return false;
    }

    private static bool Weigh(ActiveRule rule, Candidates candidates)
    {
        bool isChanged = false;
        for (int place = 0; place < candidates.Count; place++)
        {
            if (!rule.Holds(candidates.Items[place])) continue;
            candidates.Scores[place] = rule.Rule.Then.Weigh(candidates.Scores[place]);
            isChanged = true;
        }
        return isChanged;
    }

    private static void Arrange(Candidates candidates, ActiveRule[] pins, ActiveRule[] caps)
    {
        if (pins.Length + caps.Length == 0) return;
        var pinned = Pinned(candidates.Items, pins);
        var taken = pinned.Values.ToHashSet();
        var counts = new int[caps.Length];
        foreach (int place in taken) TryCount(caps, counts, candidates.Items[place], mustFit: false);
        var order = new List<int>(candidates.Count);
        for (int place = 0; place < candidates.Count; place++)
            if (!taken.Contains(place) && TryCount(caps, counts, candidates.Items[place], mustFit: true)) order.Add(place);
        foreach (var (rank, place) in pinned) order.Insert(Math.Min(rank - 1, order.Count), place);
        candidates.Reorder(order.ToArray());
    }

    // By rank, ascending: the place of what is pinned to it.
    private static SortedDictionary<int, int> Pinned(ReadOnlySpan<int> items, ActiveRule[] pins)
    {
        var pinned = new SortedDictionary<int, int>();
        var taken = new HashSet<int>();
        foreach (var pin in pins)
        {
            int best = 0;
            while (best < items.Length && (taken.Contains(best) || !pin.Holds(items[best]))) best++;
            if (best == items.Length) continue;
            int rank = (int)pin.Rule.Then.Amount;
            while (pinned.ContainsKey(rank)) rank++;
            pinned.Add(rank, best);
            taken.Add(best);
        }
        return pinned;
    }

    private static bool TryCount(ActiveRule[] caps, int[] counts, int item, bool mustFit)
    {
        for (int n = 0; mustFit && n < caps.Length; n++) if (counts[n] >= caps[n].Rule.Then.Amount && caps[n].Holds(item)) return false;
        for (int n = 0; n < caps.Length; n++) if (caps[n].Holds(item)) counts[n]++;
        return true;
    }

    /// <summary>The rules that hold for something in one request. What is known of a user and a context does not change, so that neither
    /// does this.</summary>
    private sealed record Evaluation(int User, QueryContext? Context, IReadOnlyList<ActiveRule> Rules);
}
