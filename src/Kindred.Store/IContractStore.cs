using Kindred.ExposureContracts;

namespace Kindred.Store;

/// <summary>Exposure contracts of items, and what all servers of a store gave and spent.</summary>
public interface IContractStore
{
    /// <summary>Starts contracts, in one transaction.</summary>
    /// <param name="isFirst">Only items that never had one get one; else those that have none that runs.</param>
    /// <returns>How many were started.</returns>
    Task<int> StartAsync(IReadOnlyList<NewContract> contracts, bool isFirst, CancellationToken cancellationToken = default);

    /// <summary>Changes what a running contract promises.</summary>
    /// <returns>False: it does not run any more.</returns>
    Task<bool> ChangeAsync(long number, int impressions, double hours, CancellationToken cancellationToken = default);

    /// <summary>
    /// Keeps what others like them let expect of items, whatever they did themselves, in one transaction. A contract that ended keeps the
    /// last.
    /// </summary>
    /// <param name="priors">By the number of the contract.</param>
    Task ExpectAsync(IReadOnlyDictionary<long, AppealPrior> priors, CancellationToken cancellationToken = default);

    /// <summary>Ends a contract.</summary>
    /// <param name="reason">In a sentence.</param>
    /// <returns>False: it had ended, and stays as it is.</returns>
    Task<bool> EndAsync(long number, ContractState state, string reason, CancellationToken cancellationToken = default);

    /// <summary>Contracts that run, and those that ended after a moment; the newest first.</summary>
    /// <param name="itemId">Of this item alone; null: of all.</param>
    /// <param name="before">Only contracts with a lower number: the next page.</param>
    Task<IReadOnlyList<StoredContract>> ListAsync(
        DateTimeOffset endedAfter, int count, string? itemId = null, long before = long.MaxValue,
        CancellationToken cancellationToken = default);

    /// <summary>How many contracts are in each state, of all that there ever were; states without any are absent.</summary>
    Task<IReadOnlyDictionary<ContractState, int>> CountAsync(CancellationToken cancellationToken = default);

    /// <summary>Replaces a server's totals.</summary>
    /// <param name="writer">The server; the same after a restart.</param>
    Task KeepAsync(
        string writer, IReadOnlyList<ContractSum> sums, IReadOnlyList<ContractDay> days, CancellationToken cancellationToken = default);

    /// <summary>A server's totals of contracts that run.</summary>
    Task<IReadOnlyList<ContractSum>> SumsAsync(string writer, CancellationToken cancellationToken = default);

    /// <summary>Totals of a day.</summary>
    /// <param name="writer">Of this server; null: of all.</param>
    Task<ContractDay> DayAsync(int day, string? writer = null, CancellationToken cancellationToken = default);
}

/// <param name="IsAutomatic">As the item is new; else a person asked for it.</param>
public sealed record NewContract(string ItemId, int Impressions, double Hours, DateTimeOffset Began, bool IsAutomatic);

/// <summary>A contract, and what was given, by all servers.</summary>
public sealed record StoredContract(long Number, string ItemId, ContractTerms Terms, bool IsAutomatic)
{
    /// <summary>What others like it let expect of the item, as of late; null: nobody said yet.</summary>
    public AppealPrior? Prior { get; init; }

    public ContractState State { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string? Reason { get; init; }

    /// <summary>Impressions since the beginning, by this contract or otherwise.</summary>
    public long Given { get; init; }

    /// <summary>Those that the contract placed.</summary>
    public long Placed { get; init; }

    /// <summary>Σ <see cref="Examination.At"/> over the impressions.</summary>
    public double Examined { get; init; }

    /// <summary>Expected clicks that placements lost.</summary>
    public double Spent { get; init; }

    /// <summary>Impressions that were clicked.</summary>
    public long Clicks { get; init; }

    /// <summary>Credited events name it so.</summary>
    public static string CreditName(long number) => $"contract:{number}";
}

/// <summary>What a server gave by a contract.</summary>
/// <param name="Since">The server counts from then on.</param>
public sealed record ContractSum(long Number, DateTimeOffset Since, long Given, long Placed, double Examined, double Spent);

/// <summary>What answers were expected to earn on a day, and what placements in them cost.</summary>
/// <param name="Day">UTC, days since 1970.</param>
public sealed record ContractDay(int Day, long Answers, double Value, double Spent);
