using Kindred.ExposureContracts;
using Kindred.Numerics;
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
internal sealed class ContractBook(ContractSettingsInUse settings, TimeProvider clock)
{
    /// <summary>Contracts that one answer chooses from: those that lack most.</summary>
    public const int MostOffers = 32;

    private static readonly TimeSpan OfferTime = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, RunningContract> _running = new(StringComparer.Ordinal);
    private readonly Dictionary<int, ContractDay> _days = [], _savedDays = []; // of late
    private readonly HashSet<RunningContract> _ended = []; // whose last answers are not saved yet
    private RunningContract[] _behind = [];
    private DateTimeOffset _behindAt;
    private volatile ItemAppeals _appeals = ItemAppeals.None;
    private volatile bool _isReady;
    private double _newRate = ItemAppeals.None.Rate;

    public ContractSettings Settings => settings.Current;

    /// <summary>How items were clicked of late.</summary>
    public ItemAppeals Appeals => _appeals;

    /// <summary>What to expect of a new item that is like no other.</summary>
    public AppealPrior NewItem => new(Volatile.Read(ref _newRate), _appeals.Strength);

    /// <summary>An appeal below it is not worth more impressions.</summary>
    public double Threshold => Settings.Threshold ?? (_appeals.Rate / 2);

    /// <summary>Whether all that was given before the start is counted: before, nothing is placed.</summary>
    public bool IsReady
    {
        get => _isReady;
        set => _isReady = value;
    }

    public int Count
    {
        get
        {
            lock (_gate) return _running.Count;
        }
    }

    /// <returns>Null: the answer stays as it is.</returns>
    public ContractTurn? Begin(RecommendRequest request, Guid id) =>
        Settings.Enabled && _isReady && request.Scenario is null ? new(this, id, request.UserId) : null;

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
                    .OrderByDescending(contract => contract.Stored.Terms.Lack(contract.Given, now))
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
        ReadOnlySpan<double> displaced, double value, IReadOnlyList<(RunningContract Contract, IReadOnlyList<bool>? MayStand)> offers,
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
                    possible.Add(new(n, behind[n].Appeal(NewItem), offers[n].MayStand));
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
    /// <param name="turn">What contracts did with it; null: they had none.</param>
    /// <param name="isLogged">False: the log was full, so that the answer does not count.</param>
    public void Note(IReadOnlyList<RecommendedItem> items, DateTimeOffset time, ContractTurn? turn, bool isLogged)
    {
        var placed = turn?.Placed;
        lock (_gate)
        {
            if (placed is not null)
            {
                placed.Reserved--;
                if (!isLogged) placed.NotePlaced(turn!.User, -1);
            }
            if (!isLogged || (_running.Count == 0 && placed is null)) return;
            for (int position = 0; position < items.Count; position++)
            {
                bool isPlaced = placed?.Stored.ItemId == items[position].ItemId; // also if it ended meanwhile
                var contract = isPlaced ? placed : _running.GetValueOrDefault(items[position].ItemId);
                if (contract is null || time < contract.Own.Since) continue;
                contract.Add(1, isPlaced ? 1 : 0, Examination.At(position), isPlaced ? turn!.Cost : 0);
            }
        }
    }

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
    /// <param name="saved">What this server had saved of contracts that are new here; null: nothing.</param>
    public void Update(IReadOnlyList<StoredContract> running, IReadOnlyDictionary<long, ContractSum>? saved = null)
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
                _running[stored.ItemId] = contract = new(stored, now);
                if (saved?.GetValueOrDefault(stored.Number) is { } before) contract.Begin(before);
            }
            _behindAt = default;
        }
    }

    public void Expect(RunningContract contract, AppealPrior prior)
    {
        lock (_gate) contract.Expect(prior);
    }

    public void Begin(ContractDay day)
    {
        lock (_gate) _days[day.Day] = _savedDays[day.Day] = day;
    }

    public void Learn(ItemAppeals appeals, double newRate)
    {
        _appeals = appeals;
        Volatile.Write(ref _newRate, newRate);
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
    public (Appeal Appeal, long Given) Of(RunningContract contract)
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
