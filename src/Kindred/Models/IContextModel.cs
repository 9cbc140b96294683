namespace Kindred.Models;

/// <summary>A model that looks at what a request says of its moment and of its user: <see cref="QueryContext"/>.</summary>
public interface IContextModel : IModel
{
    /// <summary>Names of labels that it looks at, such as <c>device</c> or <c>user.country</c>.</summary>
    IReadOnlyCollection<string> ContextLabels { get; }

    /// <summary>Names of numbers, likewise.</summary>
    IReadOnlyCollection<string> ContextNumbers { get; }
}
