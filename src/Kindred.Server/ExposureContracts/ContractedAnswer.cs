using Kindred.Configuration;
using Kindred.ExposureContracts;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Reranking.Rules;
using Kindred.Server.Live;

namespace Kindred.Server.ExposureContracts;

/// <summary>What contracts do with one answer. The id of the answer seeds what is drawn.</summary>
/// <param name="user">Who gets it; null: nobody knows.</param>
/// <param name="mayPlace">False: the answer only counts.</param>
internal sealed class ContractedAnswer(ContractBook book, Guid id, string? user, bool mayPlace) : IPlacement
{
    /// <summary>The source of an item that a contract placed.</summary>
    public const string Source = "contract";

    private RunningContract? _contract; // that placed an item

    public (int Position, double Cost)? Placed { get; private set; }

    public void Note(IReadOnlyList<RecommendedItem> items, DateTimeOffset time, bool isLogged) =>
        book.Note(items, time, _contract is null ? null : new(_contract, user, Placed!.Value.Cost), isLogged);

    public Recommendation Place(in Query query, Served served, Recommendation usual)
    {
        if (!mayPlace || usual.Items.Count == 0) return usual;
        double[] appeals = [.. usual.Items.Select(item => book.Appeals.Of(item.ItemId))];
        double value = ContractPlacement.ValueOf(appeals);
        int[] list = [.. usual.Items.Select(shown => served.Interactions.Items.TryGetIndex(shown.ItemId, out int known) ? known : -1)];
        foreach (int position in PinnedIn(query, served, usual, list)) appeals[position] = double.NaN;
        var rng = new Rng(BitConverter.ToUInt64(id.ToByteArray(), 8)).Fork("contracts");
        var (placement, contract) = book.Choose(appeals, value, OffersFor(query, served, list), user, rng);
        RecommendedItem[] items = [.. usual.Items.Select((item, position) => placement.Propensities[position] is var chance && chance < 1
            ? item with { Propensity = (float)((item.Propensity ?? 1) * chance) } : item)];
        if (contract is null) return usual with { Items = items };
        (_contract, Placed) = (contract, (placement.Slot, placement.Cost));
        string itemId = contract.Stored.ItemId;
        items[placement.Slot] = new()
        {
            ItemId = itemId,
            Title = served.Interactions.Items.TryGetIndex(itemId, out int item) ? served.Catalog.TitleOf(item) : null,
            Score = (float)book.AppealAndGiven(contract).Appeal.Mean,
            Source = Source,
            Propensity = (float)placement.Propensities[placement.Slot],
        };
        return usual with { Items = items };
    }

    /// <returns>Places whose items stay: people chose them, by a source of pinned items or by rules.</returns>
    private static HashSet<int> PinnedIn(in Query query, Served served, Recommendation usual, int[] list)
    {
        HashSet<string> sources = served.Id == ColdStart.Id ? [ColdStart.PinnedName]
            : [.. served.Trained?.Config.Sources.OfType<PinnedSource>().Select(source => source.StepName) ?? []];
        var pinned = Enumerable.Range(0, list.Length).Where(position => sources.Contains(usual.Items[position].Source)).ToHashSet();
        foreach (var stage in served.Pipeline.Stages) if (stage.Action is RuleSet rules) pinned.UnionWith(rules.PinnedPlaces(query, list));
        return pinned;
    }

    /// <returns>Contracts of items that may be recommended to this user now, and are not in the list anyway.</returns>
    /// <param name="list">Items of the answer; −1: the snapshot does not know it.</param>
    private List<(RunningContract Contract, IReadOnlyList<bool>? AllowedAt)> OffersFor(in Query query, Served served, int[] list)
    {
        var offers = new List<(RunningContract, IReadOnlyList<bool>?)>();
        Stage[] limits = [.. served.Pipeline.Stages.Where(stage => stage.Action.HoldsForFallback && stage.Action is not ExcludeSeen)];
        foreach (var (itemId, contract) in book.BehindFor(user))
        {
            if (!served.Interactions.Items.TryGetIndex(itemId, out int item) || query.Allowed?.Contains(item) == false
                || query.History.Span.Contains(item) || list.Contains(item)) continue;
            if (limits.Length == 0)
            {
                offers.Add((contract, null));
                continue;
            }
            bool[] allowedAt = new bool[list.Length];
            var slots = book.Settings.Places();
            for (int slot = slots.First; slot <= Math.Min(slots.Last, list.Length - 1); slot++)
                allowedAt[slot] = Passes(query, served.Pipeline, limits, list, slot, item);
            if (allowedAt.Contains(true)) offers.Add((contract, allowedAt));
        }
        return offers;
    }

    /// <summary>Whether filters, rules and limits let the list be as it is with another item at a position.</summary>
    private static bool Passes(in Query query, Pipeline pipeline, Stage[] limits, int[] list, int slot, int item)
    {
        int[] changed = [.. list];
        changed[slot] = item;
        if (changed.Contains(-1)) return false;
        var candidates = new Candidates(pipeline.Sources, pipeline.Fallbacks);
        candidates.Include(changed);
        for (int place = 0; place < candidates.Count; place++) candidates.Scores[place] = candidates.Count - place;
        foreach (var stage in limits) stage.Action.Apply(query, candidates);
        return candidates.Count == changed.Length && candidates.PlaceOf(item) >= 0;
    }
}
