using System.Globalization;
using System.Text.Json;
using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.Server.ExposureContracts;

/// <summary>The attribute of an item that says how many impressions it is promised.</summary>
internal static class ContractAttribute
{
    public const string Name = ReservedAttributes.Contract;

    /// <summary>What it must be.</summary>
    public const string Expected = "a whole number of impressions";

    /// <param name="attributes">A JSON object.</param>
    /// <returns>
    /// Impressions that are promised, null: as usual; and what stands there in place of a number of impressions, null: nothing.
    /// </returns>
    public static (int? Impressions, JsonElement? Fault) Read(string attributes)
    {
        if (!attributes.Contains($"\"{Name}\"", StringComparison.Ordinal)) return (null, null); // most have none
        using var json = JsonDocument.Parse(attributes);
        if (!json.RootElement.TryGetProperty(Name, out var value) || value.ValueKind == JsonValueKind.Null) return (null, null);
        // a column of a table in which one cell is no number is a column of texts
        int number = -1;
        bool isNumber = value.ValueKind == JsonValueKind.Number ? value.TryGetInt32(out number)
            : value.ValueKind == JsonValueKind.String && int.TryParse(value.GetString(), CultureInfo.InvariantCulture, out number);
        return isNumber && number is >= 0 and <= ContractSettings.MostImpressions ? (number, null) : (null, value.Clone());
    }
}
