using System.Reflection;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>A compiler task of the SDK, as reflection sees it.</summary>
internal sealed class CompilerTaskType
{
    private readonly Type _type;
    private readonly Dictionary<string, PropertyInfo> _properties;

    public CompilerTaskType(string name, Type type)
    {
        Name = name;
        _type = type;
        // The engine sets these itself and projects cannot.
        string[] notParameters = [nameof(ITask.BuildEngine), nameof(ITask.HostObject), "TaskEnvironment", "Log"];
        _properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => IsParameterType(property.PropertyType) && !notParameters.Contains(property.Name))
            // A property that hides an inherited one comes first.
            .DistinctBy(property => property.Name)
            .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        Parameters = [.. _properties.Values.Select(property => new TaskPropertyInfo(property.Name, property.PropertyType,
            property.IsDefined(typeof(OutputAttribute)), property.IsDefined(typeof(RequiredAttribute))))];
    }

    /// <summary>Csc or Vbc.</summary>
    public string Name { get; }

    /// <summary>The parameters that a project can set or read.</summary>
    public TaskPropertyInfo[] Parameters { get; }

    /// <summary>Makes a task of this type with some parameters.</summary>
    public ITask Create(IEnumerable<KeyValuePair<string, object?>> parameters)
    {
        var task = (ITask)Activator.CreateInstance(_type)!;
        foreach ((string name, object? value) in parameters)
        {
            _properties[name].SetValue(task, value);
        }

        return task;
    }

    /// <summary>Sets a parameter of a task, if it has it.</summary>
    public void Set(ITask task, string parameter, object value)
    {
        if (_properties.TryGetValue(parameter, out PropertyInfo? property))
        {
            property.SetValue(task, value);
        }
    }

    /// <summary>Reads a parameter of a task.</summary>
    public object? Get(ITask task, string parameter) => _properties[parameter].GetValue(task);

    private static bool IsParameterType(Type type)
    {
        Type element = type.IsArray ? type.GetElementType()! : type;
        return element == typeof(string) || element == typeof(ITaskItem) || element.IsPrimitive || element.IsEnum || element == typeof(DateTime);
    }
}
