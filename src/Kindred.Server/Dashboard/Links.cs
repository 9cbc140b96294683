using Kindred.Reports.Markup;

namespace Kindred.Server.Dashboard;

/// <summary>Addresses of pages; ids may hold any character.</summary>
internal static class Links
{
    public static string User(string id) => $"/user?id={Uri.EscapeDataString(id)}";

    /// <returns>A word of a command to copy: quoted where a shell would read something else.</returns>
    public static string Word(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || "/\\:._-".Contains(c, StringComparison.Ordinal)) ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    public static string Item(string id) => $"/item?id={Uri.EscapeDataString(id)}";
}

/// <summary>How long ago something was, as people say it.</summary>
internal static class Ages
{
    public static string Of(TimeSpan age) => age switch
    {
        { TotalSeconds: < 1 } => "less than a second",
        { TotalMinutes: < 2 } => $"{Math.Floor(age.TotalSeconds)} s",
        { TotalHours: < 2 } => $"{Math.Floor(age.TotalMinutes)} min",
        { TotalDays: < 2 } => $"{Math.Floor(age.TotalHours)} h",
        { TotalDays: < 730 } => $"{Format.Count((long)age.TotalDays)} days",
        _ => $"{Format.Count((long)(age.TotalDays / 365.25))} years",
    };

    public static string Ago(TimeSpan age) => age < TimeSpan.Zero ? "in the future" : age.TotalSeconds < 1 ? "just now" : $"{Of(age)} ago";
}
