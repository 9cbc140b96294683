using Kindred.ExposureContracts;
using Kindred.Server.Experiments;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Server.ExposureContracts;

/// <summary>What the log of this server's answers says of items: what was given, which impressions were clicked.</summary>
/// <param name="writing">The log that the server writes; null: another process does.</param>
internal sealed class ContractLog(IStore store, LivingFolder folder, ExposureLog? writing = null)
{
    private const int Page = 10_000;

    /// <summary>The newest answers say how items are clicked of late.</summary>
    private const int MostAnswers = 50_000;

    /// <summary>So many events are looked up in the log at once.</summary>
    private const int MostClicks = 50_000;

    private static readonly TimeSpan Late = TimeSpan.FromDays(14);

    private readonly ExposureReader _log = new(folder.Exposures);
    private long _position = -1;

    /// <summary>How long after its answer an event counts as a click.</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromHours(24);

    /// <summary>What this server gave by contracts, by its log.</summary>
    /// <param name="running">Contracts that run.</param>
    /// <param name="saved">What was saved of some of them, with from when on this server counts.</param>
    /// <param name="last">The last place that counts, from 0.</param>
    /// <param name="until">Later answers are counted as they are given.</param>
    public async Task<LoggedContracts> GivenAsync(
        IReadOnlyList<StoredContract> running, IReadOnlyDictionary<long, ContractSum> saved, int last, DateTimeOffset until,
        CancellationToken cancellation)
    {
        if (writing is not null) await writing.FlushAsync(cancellation);
        return await Task.Run(() => Given(running, saved, last, until), cancellation);
    }

    private LoggedContracts Given(
        IReadOnlyList<StoredContract> running, IReadOnlyDictionary<long, ContractSum> saved, int last, DateTimeOffset until)
    {
        int today = ContractBook.DayAt(until);
        var contracts = running.ToDictionary(contract => contract.ItemId, StringComparer.Ordinal);
        var sums = running.ToDictionary(contract => contract.Number, contract => new ContractSum(
            contract.Number, saved.GetValueOrDefault(contract.Number)?.Since ?? contract.Terms.Began, 0, 0, 0, 0));
        var day = new ContractDay(today, 0, 0, 0);
        var placedBefore = new List<(long Number, string User)>();
        var from = running.Select(contract => contract.Terms.Began).Append(DateTimeOffset.UnixEpoch.AddDays(today)).Min();
        foreach (var exposure in _log.Read(from, until))
        {
            if (exposure.Contract is { } spent && ContractBook.DayAt(exposure.Time) == today)
                day = day with { Spent = day.Spent + spent.Cost };
            foreach (var item in exposure.Items)
            {
                if (!contracts.TryGetValue(item.ItemId, out var contract)) continue;
                bool isPlaced = exposure.Contract?.Position == item.Position;
                if (isPlaced && exposure.UserId is { } user && exposure.Time >= contract.Terms.Began)
                    placedBefore.Add((contract.Number, user));
                if (!sums.TryGetValue(contract.Number, out var sum) || exposure.Time < sum.Since) continue;
                sums[contract.Number] = sum with
                {
                    Given = sum.Given + (isPlaced || item.Position <= last ? 1 : 0),
                    Placed = sum.Placed + (isPlaced ? 1 : 0),
                    Examined = sum.Examined + Examination.At(item.Position),
                    Spent = sum.Spent + (isPlaced ? exposure.Contract!.Value.Cost : 0),
                };
            }
        }
        return new(sums, day, placedBefore.ToLookup(placed => placed.Number, placed => placed.User));
    }

    /// <summary>Credits events that came since the last time to the impressions they answer; the first time, all since the start.</summary>
    /// <param name="contracts">By item; those that ended lately too, as clicks come later than impressions.</param>
    public async Task CreditAsync(
        IReadOnlyDictionary<string, StoredContract> contracts, EventSettings settings, CancellationToken cancellation)
    {
        if (contracts.Count == 0) return;
        long position = _position >= 0 ? _position
            : await EventsSince.FindAsync(store.Events, contracts.Values.Min(contract => contract.Terms.Began), cancellation);
        while (await store.Events.AfterAsync(position, Page, cancellation) is { Count: > 0 } events)
        {
            StoredEvent[] ours = [.. events.Where(e =>
                contracts.TryGetValue(e.ItemId, out var contract) && e.Time >= contract.Terms.Began && IsClick(e, settings))];
            position = events[^1].Sequence;
            if (ours.Length == 0) continue;
            if (writing is not null) await writing.FlushAsync(cancellation); // the answers that they answer were given before
            var credits = ours.Zip(_log.Attribute(ours, Window)).Where(pair => pair.Second.Exposure is { } exposure
                    && contracts[pair.First.ItemId] is var contract && exposure.Time >= contract.Terms.Began
                    && !(exposure.Time > contract.EndedAt))
                .Select(pair => (contracts[pair.First.ItemId].Number, Credit: new CreditedEvent(
                    pair.First.Id, pair.First.Owner, pair.Second.Exposure!.RequestId, pair.Second.Rule == AttributionRule.Direct,
                    pair.Second.Exposure.Time)));
            foreach (var own in credits.GroupBy(credit => credit.Number))
                await store.Experiments.CreditAsync(
                    StoredContract.CreditName(own.Key), [.. own.Select(credit => credit.Credit)], cancellation);
        }
        _position = position;
    }

    /// <summary>How items were clicked in the newest answers.</summary>
    public async Task<ItemAppeals> AppealsAsync(EventSettings settings, DateTimeOffset now, CancellationToken cancellation)
    {
        if (writing is not null) await writing.FlushAsync(cancellation);
        List<Exposure> answers = [.. _log.Read(now - Late, now.AddHours(1)).TakeLast(MostAnswers)];
        if (answers.Count == 0) return ItemAppeals.None;
        var clicked = await ClickedAsync(answers, settings, cancellation);
        var counts = new Dictionary<string, (double Examined, double Clicks)>(StringComparer.Ordinal);
        foreach (var answer in answers)
            foreach (var item in answer.Items)
            {
                var (examined, clicksOfItem) = counts.GetValueOrDefault(item.ItemId);
                counts[item.ItemId] = (
                    examined + Examination.At(item.Position),
                    clicksOfItem + (clicked.Contains((answer.RequestId, item.Position)) ? 1 : 0));
            }
        return new(counts);
    }

    /// <remarks>Memory: of events, only some thousands that may answer one of these answers, whatever else happened meanwhile.</remarks>
    private async Task<HashSet<(string Request, int Position)>> ClickedAsync(
        IReadOnlyList<Exposure> answers, EventSettings settings, CancellationToken cancellation)
    {
        var from = answers.Min(answer => answer.Time);
        var requests = answers.Select(answer => answer.RequestId).ToHashSet(StringComparer.Ordinal);
        var owners = answers.SelectMany(answer => (string?[])[answer.UserId, answer.SessionId]).OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        var items = answers.SelectMany(answer => answer.Items, (_, item) => item.ItemId).ToHashSet(StringComparer.Ordinal);
        bool MayAnswer(StoredEvent e) => items.Contains(e.ItemId) && e.Time >= from && IsClick(e, settings)
            && ((e.RequestId is { } request && requests.Contains(request)) || (e.UserId is { } user && owners.Contains(user))
                || (e.SessionId is { } session && owners.Contains(session)));

        var clicked = new HashSet<(string Request, int Position)>();
        var clicks = new List<StoredEvent>();
        void Attribute()
        {
            if (clicks.Count == 0) return;
            foreach (var found in _log.Attribute(clicks, Window))
                if (found is { Exposure: { } exposure, Item: { } item }) clicked.Add((exposure.RequestId, item.Position));
            clicks.Clear();
        }

        long after = await EventsSince.FindAsync(store.Events, from, cancellation);
        while (await store.Events.AfterAsync(after, Page, cancellation) is { Count: > 0 } page)
        {
            clicks.AddRange(page.Where(MayAnswer));
            after = page[^1].Sequence;
            if (clicks.Count >= MostClicks) Attribute();
        }
        Attribute();
        return clicked;
    }

    private static bool IsClick(StoredEvent e, EventSettings settings) => settings.WeightOf(e.Type, e.Time, e.Time) > 0;
}

/// <summary>What a log of answers says of contracts that run.</summary>
/// <param name="Sums">By number, where something was saved.</param>
/// <param name="Day">What placements of the present day cost.</param>
/// <param name="PlacedBefore">By number, the user of each placement.</param>
internal sealed record LoggedContracts(
    IReadOnlyDictionary<long, ContractSum> Sums, ContractDay Day, ILookup<long, string> PlacedBefore);
