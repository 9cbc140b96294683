using System.Runtime.InteropServices;
using Kindred.ExposureContracts;
using Kindred.Numerics;
using Kindred.Store;

namespace Kindred.Server.ExposureContracts;

/// <summary>A contract that runs, and what this server gave by it. Belongs to the <see cref="ContractBook"/>, under its lock.</summary>
/// <param name="since">This server counts from then on.</param>
internal sealed class RunningContract(StoredContract stored, DateTimeOffset since)
{
    private readonly Dictionary<ulong, int> _placedBefore = []; // by the hash of the user's id: it is kept nowhere else
    private AppealTable? _table;

    /// <summary>As all servers know it, with their totals.</summary>
    public StoredContract Stored { get; private set; } = stored;

    // Three counts: Stored has what the store had of all servers when it was read, of which Saved is this server's part; Own is what this
    // server gave by now. So all servers together gave Stored - Saved + Own.

    /// <summary>What this server gave by now.</summary>
    public ContractSum Own { get; private set; } = new(stored.Number, since, 0, 0, 0, 0);

    /// <summary>What the totals of <see cref="Stored"/> have of this server.</summary>
    public ContractSum Saved { get; private set; } = new(stored.Number, since, 0, 0, 0, 0);

    /// <summary>Placements that were chosen, in answers that are not logged yet.</summary>
    public int Reserved { get; set; }

    public bool IsUnsaved => Own != Saved;

    public long Given => Stored.Given - Saved.Given + Own.Given + Reserved;

    /// <returns>How often the contract placed the item before a user; 0 for one without an id.</returns>
    public int PlacedBefore(string? user) => user is null ? 0 : _placedBefore.GetValueOrDefault(Fnv1a.Hash64(user));

    /// <param name="count">−1: a placement is taken back.</param>
    public void NotePlaced(string? user, int count)
    {
        if (user is null) return;
        ref int placed = ref CollectionsMarshal.GetValueRefOrAddDefault(_placedBefore, Fnv1a.Hash64(user), out _);
        placed += count;
    }

    /// <summary>Takes over what all servers know.</summary>
    public void Update(StoredContract now) => Stored = now;

    /// <summary>What others like it let expect of the item by now.</summary>
    public void Expect(AppealPrior prior) => Stored = Stored with { Prior = prior };

    /// <summary>What was saved before a restart.</summary>
    public void Begin(ContractSum saved) => (Own, Saved) = (saved, saved);

    /// <summary>Counts answers.</summary>
    public void Add(long given, long placed, double examined, double spent) => Own = Own with
    {
        Given = Own.Given + given,
        Placed = Own.Placed + placed,
        Examined = Own.Examined + examined,
        Spent = Own.Spent + spent,
    };

    /// <summary>The store has the totals that it was given; the next <see cref="Update"/> has them too.</summary>
    public void NoteSaved(ContractSum sum)
    {
        Stored = Stored with
        {
            Given = Stored.Given + sum.Given - Saved.Given,
            Placed = Stored.Placed + sum.Placed - Saved.Placed,
            Examined = Stored.Examined + sum.Examined - Saved.Examined,
            Spent = Stored.Spent + sum.Spent - Saved.Spent,
        };
        Saved = sum;
    }

    /// <param name="fallback">Expected as long as nobody said what to expect.</param>
    public AppealTable Appeal(AppealPrior fallback)
    {
        var appeal = Kindred.ExposureContracts.Appeal.From(
            Stored.Prior ?? fallback, Stored.Clicks, Stored.Examined - Saved.Examined + Own.Examined);
        return _table?.Appeal == appeal ? _table : _table = new(appeal);
    }
}
