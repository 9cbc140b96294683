using System.CommandLine;
using Kindred.Models;

namespace Kindred.Cli.Options;

/// <summary>Options that name a model.</summary>
internal static class ModelOptions
{
    public static Option<string?> Model(string description) => Suggesting(new Option<string?>("--model", "-m")
    {
        Description = $"{description} A name from `kindred model list`, with options: name:option=value,option=value.",
        HelpName = "model"
    });

    public static Option<string[]> Models(string description) => Suggesting(new Option<string[]>("--model", "-m")
    {
        Description = $"{description} A name from `kindred model list`, with options: name:option=value,option=value.",
        HelpName = "model"
    });

    /// <summary>To shells that ask.</summary>
    private static Option<T> Suggesting<T>(Option<T> option)
    {
        option.CompletionSources.Add([.. TrainerCatalog.Default.Entries.Keys]);
        return option;
    }

    /// <exception cref="InputException">No such model, or one of them twice.</exception>
    public static void CheckDistinct(IEnumerable<string> models, TrainerCatalog trainers)
    {
        var specs = models.Select(text => ModelSpec.Parse(text, trainers));
        if (specs.GroupBy(model => model.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"The model {twice.Key} is named twice; name each once.");
    }

    /// <param name="verb">What is done with repeats.</param>
    public static Option<bool> AllowRepeats(string verb) => new("--allow-repeats")
    {
        Description = $"{verb} items that a user already had as well, where people buy things again.",
    };

    public static Option<string> Fallback(string description) => new("--fallback")
    {
        Description = description,
        HelpName = "model",
        DefaultValueFactory = _ => ModelSpec.Popularity.Name,
    };

    /// <returns>Null: none, which is what was written.</returns>
    /// <exception cref="InputException">No such model, no such option, or a value that does not fit.</exception>
    public static ModelSpec? FallbackIn(string text, TrainerCatalog trainers) =>
        text == "none" ? null : ModelSpec.Parse(text, trainers);
}
