using System.Globalization;
using Kindred.ExposureContracts;
using Kindred.Store;

namespace Kindred.Server.ExposureContracts;

/// <summary>Why a contract ended, in a sentence for the ledger.</summary>
internal static class ContractEnding
{
    /// <param name="threshold">An appeal below it is not worth more impressions.</param>
    public static string ReasonOf(
        StoredContract contract, ContractState state, long given, Appeal appeal, double threshold, DateTimeOffset now) => state switch
        {
            ContractState.Kept => $"The item had {Count(given, "impression")} in {Duration(now - contract.Terms.Began)}.",
            ContractState.Hopeless => $"After {Count(given, "impression")} and {Count(contract.Clicks, "click")}, the chance that its "
                + Say($"rate is above {threshold:P1} is {appeal.ChanceAbove(threshold):P1}."),
            _ => Say($"The item had {given} of {Count(contract.Terms.Impressions, "impression")} in {contract.Terms.Hours:0.##} hours: ")
                + "too few answers could have it, or the budget did not let them.",
        };

    private static string Count(long number, string what) => Say($"{number} {what}{(number == 1 ? "" : "s")}");

    private static string Duration(TimeSpan time) => time switch
    {
        { TotalMinutes: < 2 } => Say($"{time.TotalSeconds:0} seconds"),
        { TotalHours: < 2 } => Say($"{time.TotalMinutes:0} minutes"),
        _ => Say($"{time.TotalHours:0.#} hours"),
    };

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
