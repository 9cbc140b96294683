using Kindred.ExposureContracts;
using Kindred.Numerics;
using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.Server.ExposureContracts;

/// <summary>
/// The contracts that run, as this server knows them: who is behind the plan, what was given, what may be spent. Requests choose from it
/// and count in it; <see cref="ContractService"/> reads and writes the store. Safe to share between threads.
/// </summary>
/// <remarks>
/// Each server keeps to a budget that is a share of the value of its own answers, so that all together keep to theirs without asking each
/// other. What other servers gave is known a second later: with several servers, an item may get what they give within that second beyond
/// its plan.
/// </remarks>
internal sealed class ContractBook(ContractSettingsInUse settings, TimeProvider clock) : IPlacements
{
    /// <summary>Contracts that one answer chooses from: those that lack most.</summary>
    public const int MostOffers = 32;

    private static readonly TimeSpan OfferTime = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, RunningContract> _running = new(StringComparer.Ordinal);
    private readonly Dictionary<int, ContractDay> _days = [], _savedDays = []; // of late
    private readonly HashSet<RunningContract> _ended = []; // whose last answers are not saved yet
    private RunningContract[] _behind = [];
    private DateTimeOffset _behindAt, _countedFrom = DateTimeOffset.MaxValue;
    private volatile ItemAppeals? _appeals; // null: nobody looked at the log yet
    private volatile bool _isReady;
    private double _newRate = ItemAppeals.None.Rate;

    public ContractSettings Settings => settings.Current;

    /// <summary>How items were clicked of late.</summary>
    public ItemAppeals Appeals => _appeals ?? ItemAppeals.None;

    /// <summary>What to expect of a new item that is like no other.</summary>
    public AppealPrior NewItem => new(Volatile.Read(ref _newRate), Appeals.Strength);

    /// <summary>
    /// An appeal below it is not worth more impressions; null: this server does not know yet how items are clicked, and ends none for
    /// that. Others that share the store may.
    /// </summary>
    public double? Threshold => Appeals.IsKnown ? Settings.ThresholdBy(Appeals) : null;

    public int Count
    {
        get
        {
            lock (_gate) return _running.Count;
        }
    }

    /// <remarks>Nothing is placed before all that was given until the start is counted, and the log was looked at.</remarks>
    public IPlacement Begin(RecommendRequest request, Guid id, bool mayPlace) => new ContractedAnswer(
        this, id, request.UserId, mayPlace && Settings.Enabled && _isReady && _appeals is not null && request.Scenario is null);

    /// <summary>Items that are behind their plan and may be placed before a user once more, those that lack most first.</summary>
    /// <param name="user">Null: nobody knows who it is.</param>
    public IReadOnlyList<(string ItemId, RunningContract Contract)> BehindFor(string? user)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            if (now - _behindAt >= OfferTime || now < _behindAt)
            {
                _behind = [.. _running.Values.Where(contract => contract.Stored.Terms.IsBehind(contract.Given, now))
                    .OrderByDescending(contract => contract.Stored.Terms.Shortfall(contract.Given, now))
                    .ThenBy(contract => contract.Stored.Number)];
                _behindAt = now;
            }
            int perUser = Settings.PerUser;
            return [.. _behind.Where(contract => contract.PlacedBefore(user) < perUser).Take(MostOffers)
                .Select(contract => (contract.Stored.ItemId, contract))];
        }
    }

    /// <summary>
    /// Counts what an answer is expected to earn, and chooses a placement in it: one at a time, so that the budget holds.
    /// </summary>
    /// <param name="offers">Contracts, with where each may stand.</param>
    /// <param name="user">Who gets the answer; null: nobody knows.</param>
    public (ContractPlacement Placement, RunningContract? Contract) Choose(
        ReadOnlySpan<double> displaced, double value, IReadOnlyList<(RunningContract Contract, IReadOnlyList<bool>? AllowedAt)> offers,
        string? user, Rng rng)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            var day = DayOf(now);
            day = day with { Answers = day.Answers + 1, Value = day.Value + value };
            RunningContract[] behind = new RunningContract[offers.Count];
            var possible = new List<ContractOffer>();
            for (int n = 0; n < behind.Length; n++)
            {
                behind[n] = offers[n].Contract;
                // also of what was given since it was looked up
                if (behind[n].Stored.Terms.IsBehind(behind[n].Given, now) && behind[n].PlacedBefore(user) < Settings.PerUser)
                    possible.Add(new(n, behind[n].Appeal(NewItem), offers[n].AllowedAt));
            }
            double left = new ContractBudget(Settings.Budget, day.Value, day.Spent).Left;
            var placement = ContractPlacement.Choose(displaced, possible, Settings.Places(), left, rng);
            _days[day.Day] = day with { Spent = day.Spent + placement.Cost };
            if (placement.Item < 0) return (placement, null);
            var chosen = behind[placement.Item];
            chosen.Reserved++;
            chosen.NotePlaced(user, 1);
            return (placement, chosen);
        }
    }

    /// <summary>Counts the items of an answer that is in the log.</summary>
    /// <param name="chosen">The placement in it; null: it has none.</param>
    /// <param name="isLogged">False: the log was full, so that the answer does not count.</param>
    public void Note(IReadOnlyList<RecommendedItem> items, DateTimeOffset time, ChosenPlacement? chosen, bool isLogged)
    {
        int last = Settings.Places().Last;
        lock (_gate)
        {
            var placed = chosen?.Contract;
            if (placed is not null)
            {
                placed.Reserved--;
                if (!isLogged) placed.NotePlaced(chosen!.User, -1);
            }
            if (!isLogged || time < _countedFrom) return;
            for (int position = 0; position < items.Count; position++)
            {
                bool isPlaced = placed?.Stored.ItemId == items[position].ItemId; // also if it ended meanwhile
                var contract = isPlaced ? placed : _running.GetValueOrDefault(items[position].ItemId);
                if (contract is null || time < contract.Own.Since) continue;
                contract.Add(
                    isPlaced || position <= last ? 1 : 0, isPlaced ? 1 : 0, Examination.At(position), isPlaced ? chosen!.Cost : 0);
            }
        }
    }

    /// <summary>Takes up what ran before the start.</summary>
    /// <param name="saved">What this server had saved of the contracts.</param>
    /// <param name="day">What it had saved of today.</param>
    /// <returns>Answers from then on are counted as they are given; those before by the log.</returns>
    public DateTimeOffset Begin(
        IReadOnlyList<StoredContract> running, IReadOnlyDictionary<long, ContractSum> saved, ContractDay day)
    {
        lock (_gate)
        {
            _countedFrom = clock.GetUtcNow();
            _days[day.Day] = _savedDays[day.Day] = day;
            foreach (var stored in running)
            {
                var contract = _running[stored.ItemId] = new(stored, stored.Terms.Began);
                if (saved.TryGetValue(stored.Number, out var sum)) contract.Begin(sum);
            }
            return _countedFrom;
        }
    }

    /// <summary>All that was given before the start is counted.</summary>
    public void SetReady() => _isReady = true;

    /// <summary>Counts what was given before the start, by the log: what was not saved, and before whom items were placed.</summary>
    public void AddUnsaved(LoggedContracts logged)
    {
        var day = logged.Day;
        lock (_gate)
        {
            foreach (var contract in _running.Values)
            {
                foreach (string user in logged.PlacedBefore[contract.Stored.Number]) contract.NotePlaced(user, 1);
                if (!logged.Sums.TryGetValue(contract.Stored.Number, out var found)) continue;
                var saved = contract.Saved;
                contract.Add(
                    Math.Max(0, found.Given - saved.Given), Math.Max(0, found.Placed - saved.Placed),
                    Math.Max(0, found.Examined - saved.Examined), Math.Max(0, found.Spent - saved.Spent));
            }
            var own = DayOf(clock.GetUtcNow());
            if (own.Day == day.Day) _days[own.Day] = own with { Spent = Math.Max(own.Spent, day.Spent) };
        }
    }

    /// <summary>Takes over what all servers know.</summary>
    public void Update(IReadOnlyList<StoredContract> running)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            var numbers = running.Select(contract => contract.Number).ToHashSet();
            _ended.RemoveWhere(contract => !contract.IsUnsaved && contract.Reserved == 0);
            foreach (var ended in _running.Values.Where(contract => !numbers.Contains(contract.Stored.Number)).ToArray())
            {
                _running.Remove(ended.Stored.ItemId);
                _ended.Add(ended);
            }
            foreach (var stored in running)
            {
                if (_running.TryGetValue(stored.ItemId, out var contract) && contract.Stored.Number == stored.Number)
                {
                    contract.Update(stored);
                    continue;
                }
                _running[stored.ItemId] = new(stored, now);
            }
            _behindAt = default;
        }
    }

    public void Expect(RunningContract contract, AppealPrior prior)
    {
        lock (_gate) contract.Expect(prior);
    }

    /// <param name="newRate">Of new items.</param>
    public void Learn(ItemAppeals appeals, double newRate)
    {
        Volatile.Write(ref _newRate, newRate);
        _appeals = appeals;
    }

    public IReadOnlyList<RunningContract> Running
    {
        get
        {
            lock (_gate) return [.. _running.Values];
        }
    }

    /// <summary>What the store does not have yet.</summary>
    public (IReadOnlyList<ContractSum> Sums, IReadOnlyList<ContractDay> Days) Unsaved()
    {
        lock (_gate)
            return ([.. _running.Values.Concat(_ended).Where(contract => contract.IsUnsaved).Select(contract => contract.Own)],
                [.. _days.Values.Where(day => _savedDays.GetValueOrDefault(day.Day) != day)]);
    }

    /// <summary>The store has them.</summary>
    public void NoteSaved(IReadOnlyList<ContractSum> sums, IReadOnlyList<ContractDay> days)
    {
        lock (_gate)
        {
            var byNumber = _running.Values.Concat(_ended).ToDictionary(contract => contract.Stored.Number);
            foreach (var sum in sums) if (byNumber.TryGetValue(sum.Number, out var contract)) contract.NoteSaved(sum);
            int today = DayAt(clock.GetUtcNow());
            foreach (var day in days) _savedDays[day.Day] = day;
            foreach (int past in _days.Keys.Where(day => day < today && _savedDays.GetValueOrDefault(day) == _days[day]).ToArray())
            {
                _days.Remove(past);
                _savedDays.Remove(past);
            }
        }
    }

    /// <returns>What is known of a contract's item.</returns>
    public (Appeal Appeal, long Given) AppealAndGiven(RunningContract contract)
    {
        lock (_gate) return (contract.Appeal(NewItem).Appeal, contract.Given - contract.Reserved);
    }

    /// <summary>UTC, days since 1970.</summary>
    public static int DayAt(DateTimeOffset time) => (int)(time.ToUnixTimeSeconds() / 86_400);

    private ContractDay DayOf(DateTimeOffset now)
    {
        int day = DayAt(now);
        return _days.TryGetValue(day, out var present) ? present : new(day, 0, 0, 0);
    }
}

/// <summary>A placement that was chosen.</summary>
/// <param name="User">Who gets the answer; null: nobody knows.</param>
/// <param name="Cost">Expected clicks that are lost.</param>
internal sealed record ChosenPlacement(RunningContract Contract, string? User, double Cost);
