using Kindred.ExposureContracts;
using Kindred.Store;

namespace Kindred.Server.ExposureContracts;

/// <summary>Reads contracts page by page, so that none is cut off, however many there are.</summary>
internal static class ContractPages
{
    private const int Page = 5_000;

    /// <summary>Those that run.</summary>
    public static Task<IReadOnlyList<StoredContract>> RunningAsync(this IContractStore contracts, CancellationToken cancellation) =>
        contracts.AllAsync(DateTimeOffset.MaxValue.AddDays(-1), cancellation);

    /// <summary>Those that run, and those that ended after a moment; the newest first.</summary>
    public static async Task<IReadOnlyList<StoredContract>> AllAsync(
        this IContractStore contracts, DateTimeOffset endedAfter, CancellationToken cancellation)
    {
        var all = new List<StoredContract>();
        long before = long.MaxValue;
        IReadOnlyList<StoredContract> page;
        do
        {
            page = await contracts.ListAsync(endedAfter, Page, null, before, cancellation);
            all.AddRange(page);
            if (page.Count > 0) before = page[^1].Number;
        }
        while (page.Count == Page);
        return all;
    }
}
