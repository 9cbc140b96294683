using Kindred.Models;

namespace Kindred;

/// <summary>Shows what a long procedure is doing: each of its steps, such as "Training item-knn", runs through it.</summary>
internal interface IStepDisplay
{
    /// <summary>Runs <paramref name="work"/>, and shows how far it is while it runs.</summary>
    T Show<T>(string step, Func<IProgress<TrainingProgress>?, T> work);
}
