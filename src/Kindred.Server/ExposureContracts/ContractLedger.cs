using System.ComponentModel;
using Kindred.ExposureContracts;
using Kindred.Store;

namespace Kindred.Server.ExposureContracts;

/// <summary>What items were promised, what they were given, and what it cost.</summary>
internal sealed record ContractLedger(
    [property: Description("Whether items under contract are placed, and new items get contracts.")] bool Enabled,
    [property: Description("Items that were created from then on get a contract; absent when contracts are off.")] DateTimeOffset? Since,
    ContractBudgetAnswer Today,
    [property: Description("Click rate of all items, last 14 days, per examined impression; 5 % until enough was shown to know.")]
    double Rate,
    [property: Description("An item whose chance to be above this rate is below 5 % is hopeless, as soon as the server knows the rate " +
        "of its items.")]
    double Threshold,
    [property: Description("How many contracts are in each state.")] IReadOnlyDictionary<string, int> States,
    [property: Description("Contracts that were kept, as a part of those that were kept, missed or hopeless; absent when there are none.")]
    double? KeptShare,
    [property: Description("Why an item that comes now gets no contract, in a sentence; absent when it gets one, or contracts are off.")]
    string? Waiting,
    [property: Description("The newest first.")] IReadOnlyList<ContractAnswer> Contracts)
{
    /// <summary>Of a living folder, whether its server runs or not.</summary>
    public static async Task<ContractLedger> ReadAsync(
        IStore store, LivingFolder folder, DateTimeOffset now, int count, CancellationToken cancellation)
    {
        var settings = await store.Settings.GetAsync(ContractSettings.Name, cancellation) is { } setting
            ? ContractSettings.Parse(setting.Json) : ContractSettings.Off;
        var events = await EventSettings.ReadAsync(store, cancellation);
        var appeals = await new ContractLog(store, folder).AppealsAsync(events, now, cancellation);
        return await ReadAsync(store, settings, appeals, new(appeals.Rate, appeals.Strength), now, count, cancellation);
    }

    /// <param name="newItem">What is expected of an item of which nobody said anything yet.</param>
    /// <param name="count">Contracts that it lists.</param>
    public static async Task<ContractLedger> ReadAsync(
        IStore store, ContractSettings settings, ItemAppeals appeals, AppealPrior newItem, DateTimeOffset now, int count,
        CancellationToken cancellation)
    {
        var newest = await store.Contracts.ListAsync(DateTimeOffset.UnixEpoch, count, cancellationToken: cancellation);
        var states = await store.Contracts.CountAsync(cancellation);
        var today = await store.Contracts.DayAsync(ContractBook.DayAt(now), null, cancellation);
        double threshold = settings.ThresholdBy(appeals);
        int kept = states.GetValueOrDefault(ContractState.Kept);
        int broken = states.GetValueOrDefault(ContractState.Missed) + states.GetValueOrDefault(ContractState.Hopeless);
        return new(
            settings.Enabled, settings.Since, ContractBudgetAnswer.From(today, settings.Budget), appeals.Rate, threshold,
            Enum.GetValues<ContractState>().ToDictionary(ContractAnswer.NameOf, state => states.GetValueOrDefault(state)),
            kept + broken == 0 ? null : (double)kept / (kept + broken),
            WaitingBy(settings, states.GetValueOrDefault(ContractState.Running), now),
            [.. newest.Select(contract => ContractAnswer.From(contract, newItem, threshold))]);
    }

    private static string? WaitingBy(ContractSettings settings, int running, DateTimeOffset now) => !settings.Enabled ? null
        : settings.Since > now ? FormattableString.Invariant(
            $"Only items that are created from {settings.Since:yyyy-MM-dd HH:mm} UTC on get a contract, which is in the future.")
        : running >= ContractStarter.MostRunning ? FormattableString.Invariant(
            $"{running:N0} contracts run, and no more may: further new items wait until some have ended.") : null;
}

/// <summary>What placements may cost today (UTC), on all servers.</summary>
internal sealed record ContractBudgetAnswer(
    [property: Description("Answers that could have had a placement.")] long Answers,
    [property: Description("Clicks that were expected of them.")] double ExpectedClicks,
    [property: Description("The part of these clicks that placements may be expected to lose.")] double Share,
    [property: Description("Clicks that placements were expected to lose.")] double Spent,
    [property: Description("What is left to be spent.")] double Left)
{
    public static ContractBudgetAnswer From(ContractDay day, double share) => new(
        day.Answers, day.Value, share, day.Spent, new ContractBudget(share, day.Value, day.Spent).Left);
}

/// <summary>A contract.</summary>
internal sealed record ContractAnswer(
    long Number, string ItemId,
    [property: Description("running, kept, missed, hopeless, or stopped by a person.")] string State,
    [property: Description("Impressions that were promised.")] int Impressions,
    [property: Description("In so many hours.")] double Hours,
    DateTimeOffset Began, DateTimeOffset Ends,
    [property: Description("Absent while it runs.")] DateTimeOffset? Ended,
    [property: Description("Why it ended, in a sentence.")] string? Reason,
    [property: Description("Whether the item got it because it is new; else a person asked for it.")] bool Automatic,
    [property: Description("Impressions since the beginning, in places up to the last slot.")] long Given,
    [property: Description("Those of them that the contract placed; the others came by themselves.")] long Placed,
    [property: Description("Impressions that were clicked.")] long Clicks,
    [property: Description("Clicks that placements were expected to lose.")] double Spent,
    [property: Description("Expected click rate, from similar items.")] double Expected,
    [property: Description("Expected click rate by now, with its own impressions and clicks.")] double Rate,
    [property: Description("The chance that its rate is above the threshold.")] double ChanceAboveThreshold)
{
    public static ContractAnswer From(StoredContract contract, AppealPrior newItem, double threshold)
    {
        var prior = contract.Prior ?? newItem;
        var appeal = Appeal.From(prior, contract.Clicks, contract.Examined);
        return new(
            contract.Number, contract.ItemId, NameOf(contract.State), contract.Terms.Impressions, contract.Terms.Hours,
            contract.Terms.Began, contract.Terms.Ends, contract.EndedAt, contract.Reason, contract.IsAutomatic, contract.Given,
            contract.Placed, contract.Clicks, contract.Spent, prior.Rate, appeal.Mean, appeal.ChanceAbove(threshold));
    }

    public static string NameOf(ContractState state) => $"{state}".ToLowerInvariant();
}
