using Kindred.Configuration;
using Kindred.ExposureContracts;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Server.Live;

namespace Kindred.Server.ExposureContracts;

/// <summary>What contracts do with one answer. The id of the answer seeds what is drawn.</summary>
/// <param name="user">Who gets it; null: nobody knows.</param>
internal sealed class ContractTurn(ContractBook book, Guid id, string? user)
{
    /// <summary>The source of an item that a contract placed.</summary>
    public const string Source = "contract";

    /// <summary>Who gets the answer; null: nobody knows.</summary>
    public string? User => user;

    /// <summary>The contract that placed an item; null: none did.</summary>
    public RunningContract? Placed { get; private set; }

    /// <summary>Where, from 0.</summary>
    public int Slot { get; private set; }

    /// <summary>Expected clicks that are lost.</summary>
    public double Cost { get; private set; }

    /// <param name="usual">The answer without contracts.</param>
    public Recommendation Place(in Query query, Served served, Recommendation usual)
    {
        if (usual.Items.Count == 0) return usual;
        double[] appeals = [.. usual.Items.Select(item => book.Appeals.Of(item.ItemId))];
        double value = ContractPlacement.ValueOf(appeals);
        var pinned = PinnedIn(served);
        for (int position = 0; position < appeals.Length; position++)
            if (pinned.Contains(usual.Items[position].Source)) appeals[position] = double.NaN;
        var rng = new Rng(BitConverter.ToUInt64(id.ToByteArray(), 8)).Fork("contracts");
        var (placement, contract) = book.Choose(appeals, value, OffersFor(query, served, usual), user, rng);
        RecommendedItem[] items = [.. usual.Items.Select((item, position) => placement.Propensities[position] is var chance && chance < 1
            ? item with { Propensity = (float)((item.Propensity ?? 1) * chance) } : item)];
        if (contract is null) return usual with { Items = items };
        (Placed, Slot, Cost) = (contract, placement.Slot, placement.Cost);
        string itemId = contract.Stored.ItemId;
        items[Slot] = new()
        {
            ItemId = itemId,
            Title = served.Interactions.Items.TryGetIndex(itemId, out int item) ? served.Catalog.TitleOf(item) : null,
            Score = (float)book.Of(contract).Appeal.Mean,
            Source = Source,
            Propensity = (float)placement.Propensities[Slot],
        };
        return usual with { Items = items };
    }

    /// <returns>Sources whose items stay where they are: people chose them.</returns>
    private static HashSet<string> PinnedIn(Served served) => served.Id == ColdStart.Id ? [ColdStart.PinnedName]
        : [.. served.Trained?.Config.Sources.OfType<PinnedSource>().Select(source => source.StepName) ?? []];

    /// <returns>Contracts of items that may be recommended to this user now, and are not in the list anyway.</returns>
    private List<(RunningContract Contract, IReadOnlyList<bool>? MayStand)> OffersFor(
        in Query query, Served served, Recommendation usual)
    {
        var offers = new List<(RunningContract, IReadOnlyList<bool>?)>();
        Stage[] limits = [.. served.Pipeline.Stages.Where(stage => stage.Action.HoldsForFallback && stage.Action is not ExcludeSeen)];
        int[]? list = null;
        foreach (var (itemId, contract) in book.BehindFor(user))
        {
            if (!served.Interactions.Items.TryGetIndex(itemId, out int item) || query.Allowed?.Contains(item) == false
                || query.History.Span.Contains(item) || usual.Items.Any(shown => shown.ItemId == itemId)) continue;
            if (limits.Length == 0)
            {
                offers.Add((contract, null));
                continue;
            }
            list ??= [.. usual.Items.Select(shown => served.Interactions.Items.TryGetIndex(shown.ItemId, out int known) ? known : -1)];
            bool[] mayStand = new bool[list.Length];
            var slots = book.Settings.Places();
            for (int slot = slots.First; slot <= Math.Min(slots.Last, list.Length - 1); slot++)
                mayStand[slot] = Passes(query, served.Pipeline, limits, list, slot, item);
            if (mayStand.Contains(true)) offers.Add((contract, mayStand));
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
