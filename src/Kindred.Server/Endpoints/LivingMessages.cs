using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Server.ExposureContracts;
using Kindred.Server.Ingestion;
using Kindred.Server.Onboarding;
using Kindred.Server.Telemetry;

namespace Kindred.Server.Endpoints;

/// <summary>What became of the events of one request.</summary>
internal sealed record EventsAnswer(
    [property: Description("Events that are stored now.")] int Accepted,
    [property: Description("Events that were stored before: same id and content, or without an id same content.")] int Duplicates,
    [property: Description("Events whose id another event has; they are not stored.")] int Conflicts,
    [property: Description("Events that cannot be read; they are not stored.")] int Rejected,
    [property: Description("The first 1,000 conflicts and rejected records, each with its place in the request, from 0; absent when " +
        "there are none.")]
    IReadOnlyList<Rejection>? Reasons,
    [property: Description("What stored events have survived: \"fsync\" a loss of power, \"os\" a killed process, \"memory\" nothing yet.")]
    string Durability);

/// <summary>How many events a user was given.</summary>
internal sealed record MergeAnswer(int Merged);

/// <summary>A setting.</summary>
internal sealed record SettingAnswer(
    string Name,
    [property: Description("Grows with each change; 0: it was never written, and this is what counts until it is.")] long Version,
    JsonElement Value);

internal sealed record SettingsAnswer(IReadOnlyList<SettingAnswer> Settings);

/// <summary>The JSON of what a living server reads and writes, besides what every server does.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EventsAnswer))]
[JsonSerializable(typeof(MergeAnswer))]
[JsonSerializable(typeof(SettingsAnswer))]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(EntryAnswer))]
[JsonSerializable(typeof(EntriesAnswer))]
[JsonSerializable(typeof(EntryPage))]
[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(KeysAnswer))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(ReceiptAnswer))]
[JsonSerializable(typeof(ImportAnswer))]
[JsonSerializable(typeof(ShownAnswer))]
[JsonSerializable(typeof(AttributionPage))]
[JsonSerializable(typeof(ActivityAnswer))]
[JsonSerializable(typeof(EventCountsAnswer))]
[JsonSerializable(typeof(ItemActivityAnswer))]
[JsonSerializable(typeof(AudienceAnswer))]
[JsonSerializable(typeof(Dashboard.AlarmsAnswer))]
[JsonSerializable(typeof(Dashboard.PreviewAnswer))]
[JsonSerializable(typeof(DriftAnswer))]
[JsonSerializable(typeof(HistoryAnswer))]
[JsonSerializable(typeof(OnboardingRequest))]
[JsonSerializable(typeof(OnboardingAnswer))]
[JsonSerializable(typeof(ContractRequest))]
[JsonSerializable(typeof(ContractAnswer))]
[JsonSerializable(typeof(ContractLedger))]
internal sealed partial class LivingJson : JsonSerializerContext;
