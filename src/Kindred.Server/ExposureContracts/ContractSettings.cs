using Kindred.ExposureContracts;
using Kindred.Store;

namespace Kindred.Server.ExposureContracts;

/// <summary>What new items are promised, and what that may cost: the setting <see cref="Name"/>.</summary>
internal sealed record ContractSettings
{
    /// <summary>The name of the setting in <see cref="IStore.Settings"/>.</summary>
    public const string Name = "contracts";

    /// <summary>Longer than that, answers may not be in the log any more.</summary>
    public const double MostHours = 1_440;

    public const int MostImpressions = 1_000_000, MostSlot = 100;

    /// <summary>Whether items under contract are placed. Nobody wrote the setting: they are not.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// So many impressions each new item gets, in places up to the last slot, unless its attribute <c>contract</c> says another number, 0
    /// for none.
    /// </summary>
    public int Impressions { get; init; } = 200;

    /// <summary>In so many hours.</summary>
    public double Hours { get; init; } = 72;

    /// <summary>The part of the clicks expected of all answers of a day that placements may be expected to lose.</summary>
    public double Budget { get; init; } = .02;

    /// <summary>The first and the last place of an answer that may be given to them, from 1.</summary>
    public IReadOnlyList<int> Slots { get; init; } = [4, 10];

    /// <summary>So often at most a contract places its item before the same user; each server counts what it gave itself.</summary>
    public int PerUser { get; init; } = 3;

    /// <summary>
    /// An item is hopeless when the chance that more of those who look at it click than this part falls below 5 %; null: half of the rate
    /// of all items.
    /// </summary>
    public double? Threshold { get; init; }

    /// <summary>Items that were created from then on are new. Default: the moment in which the setting is written.</summary>
    public DateTimeOffset? Since { get; init; }

    public static ContractSettings Off { get; } = new() { Enabled = false };

    /// <exception cref="InputException">It is no JSON object of these names, or a value is out of range.</exception>
    public static ContractSettings Parse(string json) => SettingJson.Read<ContractSettings>(Name, json).Checked();

    /// <summary>As it is kept when it is written now.</summary>
    public ContractSettings At(DateTimeOffset now) => Enabled ? this with { Since = Since ?? now } : this;

    public string ToJson() => SettingJson.Write(this);

    /// <summary>An appeal below it is not worth more impressions.</summary>
    public double ThresholdBy(ItemAppeals appeals) => Threshold ?? (appeals.Rate / 2);

    /// <summary>From 0.</summary>
    public ContractSlots Places() => new(Slots[0] - 1, Slots[1] - 1);

    /// <exception cref="InputException">It cannot be promised.</exception>
    public static void CheckPromise(int impressions, double hours)
    {
        if (impressions is < 1 or > MostImpressions)
            throw new InputException($"impressions must be 1 to {MostImpressions}, was {impressions}.");
        if (hours is not (> 0 and <= MostHours)) throw new InputException($"hours must be above 0 and at most {MostHours}, was {hours}.");
    }

    private ContractSettings Checked()
    {
        CheckPromise(Impressions, Hours);
        if (Budget is not (>= 0 and <= 1)) throw new InputException($"budget must be 0 to 1, a share of the clicks, was {Budget}.");
        if (Slots is not [>= 1 and var first, <= MostSlot and var last] || first > last)
            throw new InputException(
                $"slots must be the first and the last place, 1 to {MostSlot}, as [4, 10]; it is [{string.Join(", ", Slots)}].");
        if (PerUser is < 1 or > MostImpressions) throw new InputException($"perUser must be 1 to {MostImpressions}, was {PerUser}.");
        if (Threshold is not (null or (> 0 and < 1))) throw new InputException($"threshold must be above 0 and below 1, was {Threshold}.");
        return this;
    }
}

/// <summary>What new items are promised now.</summary>
internal sealed class ContractSettingsInUse(IStore store, StoreChanges changes)
    : SettingInUse<ContractSettings>(store, changes, ContractSettings.Name, ContractSettings.Off, ContractSettings.Parse);
