using System.Globalization;
using Kindred.Snapshots;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Kindred.AspNetCore;

/// <summary>Says in one sentence what is wrong with the options, before the host starts.</summary>
/// <param name="key">Of the recommender that they are for; null: the one without a key.</param>
/// <param name="configuration">What they were read from; null: a program set them.</param>
internal sealed class OptionsCheck(string? key, IConfiguration? configuration) : IValidateOptions<KindredOptions>
{
    private static readonly string[] Names = [nameof(KindredOptions.Snapshots), nameof(KindredOptions.ReloadInterval),
        nameof(KindredOptions.RecallSample)];

    public ValidateOptionsResult Validate(string? name, KindredOptions options) =>
        name != (key ?? Options.DefaultName) ? ValidateOptionsResult.Skip
        : Fault(options) is { } sentence ? ValidateOptionsResult.Fail(Named(key, sentence)) : ValidateOptionsResult.Success;

    /// <summary>Before the values are bound, which would fail with a sentence about .NET types.</summary>
    /// <exception cref="OptionsValidationException">A value is no text of its type.</exception>
    public static void CheckValues(IConfiguration configuration, string? key)
    {
        if (configuration[nameof(KindredOptions.ReloadInterval)] is { Length: > 0 } interval
            && !TimeSpan.TryParse(interval, CultureInfo.InvariantCulture, out _))
            throw Failed(
                key, $"ReloadInterval must be a time, was '{PlainText.Shorten(interval)}'; write hours:minutes:seconds, such as 00:00:10.");
        if (configuration[nameof(KindredOptions.RecallSample)] is { Length: > 0 } share
            && !double.TryParse(share, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            throw Failed(key, $"RecallSample must be a number from 0 to 1, was '{PlainText.Shorten(share)}'.");
    }

    private static OptionsValidationException Failed(string? key, string sentence) =>
        new(key ?? Options.DefaultName, typeof(KindredOptions), [Named(key, sentence)]);

    private static string Named(string? key, string sentence) => key is null ? $"Kindred: {sentence}" : $"Kindred '{key}': {sentence}";

    private string Absence => configuration is IConfigurationSection section
        ? $"Snapshots is not set; name a snapshot or a folder of snapshots, in appsettings.json: "
            + $"\"{section.Path.Replace(":", "\": { \"", StringComparison.Ordinal)}\": {{ \"Snapshots\": \"snapshots\" }}"
            + $"{string.Concat(Enumerable.Repeat(" }", section.Path.Count(c => c == ':')))}."
        : "Snapshots is not set; name a snapshot or a folder of snapshots.";

    private string? Fault(KindredOptions options)
    {
        var unknown = configuration?.GetChildren().FirstOrDefault(child => !Names.Contains(child.Key, StringComparer.OrdinalIgnoreCase));
        if (unknown is not null && configuration is not IConfigurationSection)
            return "this is the whole configuration; pass the section with the options: "
                + "AddKindred(builder.Configuration.GetSection(\"Kindred\")).";
        if (unknown is not null) return $"there is no option '{PlainText.Shorten(unknown.Key)}'{Spelling.Hint(unknown.Key, Names)}";
        if (string.IsNullOrWhiteSpace(options.Snapshots)) return Absence;
        // a folder that is not there yet, or empty, is waited for; one of these would be waited for in vain
        if (File.Exists(options.Snapshots)) return $"Snapshots is the file {options.Snapshots}; name a snapshot or a folder of snapshots.";
        if (Snapshot.KindInPlaceOfOne(options.Snapshots) is { } kind)
            return $"Snapshots is {options.Snapshots}, which is a {kind}; name a snapshot or a folder of snapshots.";
        // In a configuration "10" is ten days.
        if (options.ReloadInterval < TimeSpan.Zero || options.ReloadInterval > TimeSpan.FromDays(1))
            return $"ReloadInterval must be 00:00:00 to 1.00:00:00, was {options.ReloadInterval}; write hours:minutes:seconds, such as " +
                $"00:00:10.";
        if (options.RecallSample is not (>= 0 and <= 1)) return $"RecallSample must be 0 to 1, was {options.RecallSample}.";
        return null;
    }
}
