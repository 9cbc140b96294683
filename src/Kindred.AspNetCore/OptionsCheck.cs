using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Kindred.AspNetCore;

/// <summary>Says in one sentence what is wrong with the options, before the host starts.</summary>
/// <param name="configuration">What they were read from; null: a program set them.</param>
internal sealed class OptionsCheck(IConfiguration? configuration) : IValidateOptions<KindredOptions>
{
    private static readonly string[] Names = [nameof(KindredOptions.Snapshots), nameof(KindredOptions.ReloadInterval),
        nameof(KindredOptions.RecallSample)];

    public ValidateOptionsResult Validate(string? name, KindredOptions options) =>
        Fault(options) is { } sentence ? ValidateOptionsResult.Fail($"Kindred: {sentence}") : ValidateOptionsResult.Success;

    private string? Fault(KindredOptions options)
    {
        var unknown = configuration?.GetChildren().FirstOrDefault(child => !Names.Contains(child.Key, StringComparer.OrdinalIgnoreCase));
        if (unknown is not null) return $"there is no option '{PlainText.Shorten(unknown.Key)}'; there are {string.Join(", ", Names)}.";
        if (string.IsNullOrWhiteSpace(options.Snapshots)) return "Snapshots is not set; name a snapshot or a folder of snapshots.";
        // In a configuration "10" is ten days.
        if (options.ReloadInterval < TimeSpan.Zero || options.ReloadInterval > TimeSpan.FromDays(1))
            return $"ReloadInterval must be 00:00:00 to 1.00:00:00, was {options.ReloadInterval}; write hours:minutes:seconds, such as " +
                $"00:00:10.";
        if (options.RecallSample is not (>= 0 and <= 1)) return $"RecallSample must be 0 to 1, was {options.RecallSample}.";
        return null;
    }
}
